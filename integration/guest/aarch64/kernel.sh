#!/bin/bash
# SPDX-License-Identifier: MIT
# kernel.sh [16k]: prints the path of a directory with a kernel for aarch64, vmlinuz, and its
# modules (FUSE, if that is a module). The kernel is Debian 12's; with 16k, Debian 13's with pages
# of 16 KiB. Downloads it once and installs nothing. Exits with 3, and prints the reason, if it
# cannot get one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/bookworm.sh"

release=bookworm kind=arm64
if [ "${1:-}" = 16k ]; then
	release=trixie kind=arm64-16k
fi
place=$CACHE/cross-kernel-$kind-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/cross-kernel-build

usable() {
	[ -s "$place/vmlinuz" ]
}

build() {
	local image
	rm -rf "$work"
	progress "downloading a kernel for aarch64 (linux-image-$kind), once (90 MB)"
	release_of_debian "$release" "$work" arm64
	image=$(packages_of "linux-image-$kind:arm64" '^linux-image-[0-9]' | head -n 1)
	[ -n "$image" ] || none "Debian has no linux-image-$kind"
	download "$work/debs" "${image%:arm64}:arm64"
	unpack "$work/tree" "$work/debs"
	mkdir -p "$place/modules"
	find "$work/tree" -name fuse.ko -exec cp {} "$place/modules" \;
	cp "$work/tree/boot"/vmlinuz-* "$place/vmlinuz"
	rm -rf "$work"
}

once cross-kernel usable build
printf '%s\n' "$place"
