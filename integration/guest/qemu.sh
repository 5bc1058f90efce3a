# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# QEMU as every guest has it, and an end that leaves nothing running.

finish() {
	local status=$? pid
	trap '' INT TERM HUP
	for pid in $(jobs -p -r); do
		kill "$pid" 2>/dev/null || :
	done
	wait
	exit "$status"
}
# ended_by STATUS: by a signal. Once the end has begun another one would cut it short.
ended_by() {
	trap '' INT TERM HUP
	exit "$1"
}
trap finish EXIT
trap 'ended_by 129' HUP
trap 'ended_by 130' INT
trap 'ended_by 143' TERM

# start_qemu SECONDS KERNEL WORDS OPTION...: in the background, as $qemu, for so long at most, or for
# GUEST_SECONDS. KERNEL is what kernel.sh printed, WORDS are for its command line.
start_qemu() {
	local kernel=$2 words=$3
	limit=${GUEST_SECONDS:-$1}
	shift 3
	# Half the time of -cpu max with all mitigations, for what is emulated is slow. Where the machine
	# is busy the kernel sees no tick of the timer in time, and its check of that panics.
	timeout -k 5 "$limit" qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -cpu qemu64 \
		-smp 1 -m 1G -nodefaults -no-user-config -nographic -no-reboot \
		-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
		-append "console=ttyS0 mitigations=off no_timer_check panic=-1 $words" "$@" >qemu.log 2>&1 &
	qemu=$!
}

# end_with_qemu: it has powered off, or something went wrong, and that is said.
end_with_qemu() {
	local status=0
	wait "$qemu" || status=$?
	[ "$status" -ne 124 ] || echo "the guest was still running after $limit s" >>qemu.log
	cat qemu.log
	exit "$status"
}
