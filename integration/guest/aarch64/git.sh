#!/bin/bash
# SPDX-License-Identifier: MIT
# git.sh: prints the path of a directory with Debian 12's git and dash for aarch64, and the
# libraries that they need besides libc. In the guest, gix clones from this git and is compared with
# it; dash starts gix. Downloads them once and installs nothing. Exits with 3, and prints the
# reason, if it cannot get them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/bookworm.sh"

place=$CACHE/cross-git-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/cross-git-build

usable() {
	[ -s "$place/usr/bin/git" ]
}

build() {
	rm -rf "$work" "$place"
	progress 'downloading a git for aarch64, once (7 MB)'
	bookworm "$work" arm64
	download "$work/debs" {git,dash,libpcre2-8-0,zlib1g}:arm64
	unpack "$work/place" "$work/debs"
	mv -T "$work/place" "$place"
	rm -rf "$work"
}

once cross-git usable build
printf '%s\n' "$place"
