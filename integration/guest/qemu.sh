# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Runs QEMU with the options of all guests. Leaves no process running when the script ends.

finish() {
	local status=$? pid
	trap '' INT TERM HUP
	for pid in $(jobs -p -r); do
		kill "$pid" 2>/dev/null || :
	done
	wait
	exit "$status"
}
# ended_by STATUS: exits after a signal. Ignores further signals, which would cut the end short.
ended_by() {
	trap '' INT TERM HUP
	exit "$1"
}
trap finish EXIT
trap 'ended_by 129' HUP
trap 'ended_by 130' INT
trap 'ended_by 143' TERM

# start_qemu SECONDS KERNEL WORDS OPTION...: starts QEMU in the background, as $qemu, for SECONDS at
# most, or for GUEST_SECONDS if that is set. KERNEL is the directory that kernel.sh printed; WORDS
# go to the kernel's command line.
start_qemu() {
	local kernel=$2 words=$3
	limit=${GUEST_SECONDS:-$1}
	shift 3
	# Emulation is slow: this CPU without mitigations takes half the time of -cpu max with all
	# of them. On a busy machine the kernel may see no timer tick in time, and its check panics.
	timeout -k 5 "$limit" qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -cpu qemu64 \
		-smp 1 -m 1G -nodefaults -no-user-config -nographic -no-reboot \
		-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
		-append "console=ttyS0 mitigations=off no_timer_check panic=-1 $words" "$@" >qemu.log 2>&1 &
	qemu=$!
}

# end_with_qemu: waits for QEMU, prints its output, and exits with its status, which is 0 if the
# guest has powered off.
end_with_qemu() {
	local status=0
	wait "$qemu" || status=$?
	[ "$status" -ne 124 ] || echo "the guest was still running after $limit s" >>qemu.log
	cat qemu.log
	exit "$status"
}
