#!/bin/bash
# SPDX-License-Identifier: MIT
# boot.sh KERNEL DIR JOB SETTINGS: boots a guest and waits until it has powered off. KERNEL is what
# kernel.sh printed; the guest runs JOB (a bash script) with SETTINGS as its argument. Its root is
# the host's, read-only; its shares are those that DIR/shares lists: TAG, SERVER (virtiofsd, qemu
# for its own, or 9p; logged: virtiofsd, with each request in DIR/TAG.log), DIRECTORY, with tabs
# between them. DIR/console and DIR/steps are what it
# writes to its two serial lines. VIRTIOFSD and QEMU_VIRTIOFSD are the servers, GUEST_ACCEL is what
# QEMU is told to emulate with.
set -euo pipefail
kernel=$1 dir=$2 job=$3 settings=$4
# shellcheck source-path=SCRIPTDIR source=qemu.sh
. "$(dirname "${BASH_SOURCE[0]}")/qemu.sh"

# Names of sockets must be short, so they are relative to this; but QEMU's virtiofsd locks them by
# that name.
cd "$dir"
name=${dir##*/}
options=()

# share TAG COMMAND...: one that the server COMMAND gives to the guest.
share() {
	local tag=$1 socket=$name-$1.socket try
	shift
	"$@" "--socket-path=$socket" >"$tag.log" 2>&1 &
	for try in {1..500}; do
		[ ! -S "$socket" ] || break
		if ! kill -0 "$!" 2>/dev/null || [ "$try" -eq 500 ]; then
			echo "the server of $tag did not start:"
			cat "$tag.log"
			exit 1
		fi
		sleep 0.02
	done
	options+=(-chardev "socket,id=$tag,path=$socket"
		-device "vhost-user-fs-pci,chardev=$tag,tag=$tag")
}

# Without root's right to give files away, what the guest's root makes belongs to who runs this; gix
# wants to see that it is its own.
ids=()
if [ "$(id -u)" -ne 0 ]; then
	ids=(--translate-uid "map:0:$(id -u):1" --translate-gid "map:0:$(id -g):1")
fi
share root "$VIRTIOFSD" --shared-dir=/ --cache=auto --readonly \
	--sandbox=none --no-announce-submounts
while IFS=$'\t' read -r tag server directory; do
	case $server in
	virtiofsd | logged)
		level=info
		[ "$server" = virtiofsd ] || level=debug
		share "$tag" "$VIRTIOFSD" --shared-dir="$directory" --cache=never --sandbox=none \
			--log-level="$level" "${ids[@]}"
		;;
	qemu)
		share "$tag" "$QEMU_VIRTIOFSD" -f -o "source=$directory" -o cache=none -o sandbox=chroot
		;;
	9p)
		options+=(-fsdev "local,id=$tag,path=${directory//,/,,},security_model=none"
			-device "virtio-9p-pci,fsdev=$tag,mount_tag=$tag")
		;;
	esac
done <shares

start_qemu 1800 "$kernel" "quiet job=\"$job\" settings=\"$settings\"" \
	-object memory-backend-memfd,id=memory,size=1G,share=on -numa node,memdev=memory \
	"${options[@]}" -serial file:console -serial file:steps
end_with_qemu
