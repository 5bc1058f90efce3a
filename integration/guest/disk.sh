#!/bin/bash
# SPDX-License-Identifier: MIT
# disk.sh KERNEL DIR IMAGE ARG...: boots the system on the disk IMAGE and leaves IMAGE unchanged.
# Logs in as root on the serial console with the password in DIR/password, types the lines of
# DIR/typed, and waits until the guest has powered off. KERNEL is the directory that kernel.sh
# printed. The first process is busybox with the arguments ARG. DIR/console gets the output of the
# console; DIR/results is the guest's second disk, for its results.
set -euo pipefail
kernel=$1 dir=$2 image=$3
shift 3
# shellcheck source-path=SCRIPTDIR source=qemu.sh
. "$(dirname "${BASH_SOURCE[0]}")/qemu.sh"

cd "$dir"
rm -f console.in console.out
mkfifo console.in console.out
truncate -s 16M results
: >console

start_qemu 1800 "$kernel" "loglevel=1 systemd.show_status=no disk=/dev/vda init=/bin/busybox $*" \
	-drive "file=${image//,/,,},format=raw,if=virtio,snapshot=on" \
	-drive file=results,format=raw,if=virtio \
	-chardev pipe,id=console,path=console -serial chardev:console
exec 3<>console.in 4<>console.out

# The console's output after the last text that shows() found.
shown=
# more: adds new output of the console to $shown; fails when the guest has ended.
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
end_with_qemu
