#!/bin/bash
# disk.sh KERNEL DIR IMAGE ARG...: boots the system on the disk IMAGE, which stays as it is; logs in as
# root on its serial console, by the password in DIR/password, types the lines of DIR/typed, and waits
# until it has powered off. KERNEL is what kernel.sh printed; busybox is the first process, with the
# arguments ARG. DIR/console is all that the console showed, DIR/results what the guest wrote to its
# second disk. Run by boot.sh.
# shellcheck disable=SC2317 # the trap calls the function
set -euo pipefail
kernel=$1 dir=$2 image=$3
shift 3
limit=${GUEST_SECONDS:-400}

finish() {
	local status=$?
	trap '' INT TERM HUP
	[ -z "${qemu:-}" ] || kill "$qemu" 2>/dev/null || :
	wait
	exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$dir"
rm -f console.in console.out
mkfifo console.in console.out
truncate -s 16M results
: >console

# As boot.sh's, but for the disks.
timeout -k 5 "$limit" qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -cpu qemu64 \
	-smp 1 -m 1G -nodefaults -no-user-config -nographic -no-reboot \
	-drive "file=${image//,/,,},format=raw,if=virtio,snapshot=on" \
	-drive file=results,format=raw,if=virtio \
	-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" -append "console=ttyS0 loglevel=1 mitigations=off \
panic=-1 systemd.show_status=no disk=/dev/vda init=/bin/busybox $*" \
	-chardev pipe,id=console,path=console -serial chardev:console >qemu.log 2>&1 &
qemu=$!
exec 3<>console.in 4<>console.out

# What was shown since the last text that was waited for.
shown=
# more: what the console shows within a moment; fails when the guest has ended.
more() {
	local part=
	IFS= read -r -d '' -t 0.2 -u 4 part || :
	[ -n "$part" ] || kill -0 "$qemu" 2>/dev/null || return 1
	shown+=$part
	printf %s "$part" >>console
}
shows() {
	until [[ $shown == *"$1"* ]]; do
		more || return
	done
	shown=${shown#*"$1"}
}
types() {
	printf '%s\n' "$1" >&3
}

if shows ' login: ' && types root && shows 'assword: ' && types "$(cat password)"; then
	while IFS= read -r -u 5 line && shows '# '; do
		types "$line"
	done 5<typed
fi
while more; do
	shown=
done
status=0
wait "$qemu" || status=$?
[ "$status" -ne 124 ] || echo "the guest was still running after $limit s" >>qemu.log
cat qemu.log
qemu=
exit "$status"
