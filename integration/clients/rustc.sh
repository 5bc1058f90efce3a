#!/bin/bash
# Prints the path of Debian 12's rustc, 1.63, which maps .rlib and .rmeta shared, as newer ones do not
# (1.95 does not). Downloaded once, 90 MB, and not installed, for the system may have a newer one.
# With --cached it never downloads, and fails if there is none yet. Exit status 3: there is none, and
# why is printed. Run by matrix.sh.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../cross/bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cross/bookworm.sh"

[ "$(uname -m)" = x86_64 ] || none 'it is for x86_64 only'
packages=(rustc libstd-rust-dev libstd-rust-1.63 libllvm14 libz3-4 libedit2 libbsd0 libmd0 libtinfo6
	libxml2 libicu72 liblzma5 libffi8 libstdc++6 libgcc-s1 zlib1g)
place=$CACHE/rustc-1.63-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/rustc-build

usable() {
	"$place/bin/rustc" --version >/dev/null 2>&1
}

build() {
	rm -rf "$work" "$place"
	progress "downloading Debian 12's rustc, once (90 MB)"
	bookworm "$work" amd64
	download "$work/debs" "${packages[@]}"
	unpack "$work/place" "$work/debs"
	mkdir "$work/place/bin"
	cat >"$work/place/bin/rustc" <<-END
		#!/bin/sh
		LD_LIBRARY_PATH=$(printf %q "$place/usr/lib/x86_64-linux-gnu") \\
			exec $(printf %q "$place/usr/bin/rustc") "\$@"
	END
	chmod +x "$work/place/bin/rustc"
	mv -T "$work/place" "$place"
	rm -rf "$work"
}

if [ "${1:-}" = --cached ]; then
	usable
else
	once rustc-1.63 usable build
fi
printf '%s\n' "$place/bin/rustc"
