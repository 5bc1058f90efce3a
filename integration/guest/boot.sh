#!/bin/bash
# SPDX-License-Identifier: MIT
# boot.sh KERNEL DIR JOB SETTINGS: boots a guest and waits until it has powered off. KERNEL is the
# directory that kernel.sh printed. The guest runs JOB (a bash script) with SETTINGS as its
# argument. Its root is the host's, read-only. DIR/shares lists its shares: TAG, SERVER, DIRECTORY,
# with tabs between them. SERVER is virtiofsd, logged (virtiofsd that writes each request to
# DIR/TAG.log), qemu (QEMU's own virtiofsd) or 9p. The guest's two serial lines are written to
# DIR/console and DIR/steps. VIRTIOFSD and QEMU_VIRTIOFSD name the servers; GUEST_ACCEL names QEMU's
# accelerator.
set -euo pipefail
kernel=$1 dir=$2 job=$3 settings=$4
# shellcheck source-path=SCRIPTDIR source=qemu.sh
. "$(dirname "${BASH_SOURCE[0]}")/qemu.sh"

# Names of sockets must be short, so they are relative to DIR. They contain the name of DIR, because
# QEMU's virtiofsd locks a socket by the name that it was given.
cd "$dir"
name=${dir##*/}
options=()

# share TAG COMMAND...: starts the server COMMAND, which gives the guest the share TAG.
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

# Only root may give files away. For other users, a file that the guest's root makes belongs to this
# user on the host and to root in the guest: gix insists that it owns the repository.
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
