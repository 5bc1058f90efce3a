#!/bin/bash
# SPDX-License-Identifier: MIT
# rustc.sh: prints the path of a rustc that compiles for aarch64 and for this machine: Debian 12's
# newer one, 1.85, with the libraries of both. Downloads it once and installs nothing. Takes
# --cached (lib/cache.sh). Exits with 3, and prints the reason, if it cannot get one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/bookworm.sh"

[ "$(uname -m)" = x86_64 ] || none 'the cross compiler is for x86_64 only'
# With every library that they are linked to, except libc.
packages=(rustc-web libstd-rust-web-1.85 libstd-rust-web-dev{,:arm64} libllvm19 libz3-4 libedit2 libbsd0
	libmd0 libtinfo6 libxml2 libicu72 liblzma5 libffi8 libstdc++6 libgcc-s1 zlib1g libzstd1)
place=$CACHE/cross-rustc-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/cross-rustc-build

usable() {
	"$place/rustc" --version >/dev/null 2>&1
}

build() {
	rm -rf "$work" "$place"
	progress 'downloading a rustc for aarch64, once (150 MB)'
	bookworm "$work" amd64 arm64
	download "$work/debs" "${packages[@]}"
	unpack "$work/place" "$work/debs"
	cat >"$work/place/rustc" <<-END_OF_FILE
		#!/bin/sh
		LD_LIBRARY_PATH=$(printf %q "$place/usr/lib/x86_64-linux-gnu:$place/lib/x86_64-linux-gnu") \\
			exec $(printf %q "$place/usr/bin/rustc") --sysroot $(printf %q "$place/usr") "\$@"
	END_OF_FILE
	chmod +x "$work/place/rustc"
	mv -T "$work/place" "$place"
	rm -rf "$work"
}

once cross-rustc usable build "${1:-}"
printf '%s\n' "$place/rustc"
