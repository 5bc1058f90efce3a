#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a directory with zfs-fuse, and zfs-run to run its programs. Downloads it once.
# Does not install it, because the package adds a service to the system. Exits with 3, and prints
# the reason, if this release has no zfs-fuse.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$here/debian.sh"

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
place=$CACHE/zfs-fuse-$(recipe_key "$release")
work=$CACHE/zfs-fuse-build

usable() {
	[[ $("$place/zfs-run" zfs-fuse --help 2>&1) == *Usage:* ]]
}

build() {
	local deb
	rm -rf "$work" "$place"
	private_apt "$work"
	known zfs-fuse || none "$release has no zfs-fuse"
	progress 'downloading zfs-fuse, once'
	download_missing "$work/debs" zfs-fuse
	for deb in "$work/debs"/*.deb; do
		dpkg-deb --extract "$deb" "$work/tree"
	done
	# The tree has the libraries that the system lacks.
	cat >"$work/tree/zfs-run" <<-'END'
		#!/bin/bash
		# zfs-run PROGRAM [ARG]...
		here=$(dirname "${BASH_SOURCE[0]}")
		for dir in "$here"/lib/*-linux-gnu "$here"/usr/lib/*-linux-gnu; do
			LD_LIBRARY_PATH=$dir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
		done
		export LD_LIBRARY_PATH PATH=$here/sbin:$here/usr/sbin:$PATH
		exec "$@"
	END
	chmod +x "$work/tree/zfs-run"
	mv -T "$work/tree" "$place"
	rm -rf "$work"
}

once zfs-fuse usable build
printf '%s\n' "$place"
