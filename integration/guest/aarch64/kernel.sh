#!/bin/bash
# SPDX-License-Identifier: MIT
# kernel.sh: prints a directory with Debian 12's kernel for aarch64, vmlinuz, and its module
# fuse.ko. Downloaded once; nothing is installed. Exit status 3: there is none, and why is printed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/bookworm.sh"

place=$CACHE/cross-kernel-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/cross-kernel-build

usable() {
	[ -s "$place/vmlinuz" ] && [ -s "$place/fuse.ko" ]
}

build() {
	local image
	rm -rf "$work"
	progress 'downloading a kernel for aarch64, once (70 MB)'
	bookworm "$work" arm64
	image=$(packages_of linux-image-arm64:arm64 '^linux-image-[0-9]' | head -n 1)
	download "$work/debs" "${image%:arm64}:arm64"
	unpack "$work/tree" "$work/debs"
	mkdir -p "$place"
	cp "$work/tree/boot"/vmlinuz-* "$place/vmlinuz"
	cp "$work/tree/lib/modules"/*/kernel/fs/fuse/fuse.ko "$place/fuse.ko"
	rm -rf "$work"
}

once cross-kernel usable build
printf '%s\n' "$place"
