#!/bin/bash
# SPDX-License-Identifier: MIT
# toolchain.sh: prints the path of a directory with all tools to compile for aarch64 and i386: the
# compilers bin/aarch64-linux-gnu-gcc and bin/i386-linux-gnu-gcc (which runs the system's own), and
# the roots aarch64 and i386 with libc, libconfig, libfuse3 and busybox. All packages are Debian
# 12's. Downloads them once. Installs nothing, because Debian's packages of a cross compiler remove
# gcc-multilib. Exits with 3, and prints the reason, if it cannot get them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/bookworm.sh"

[ "$(uname -m)" = x86_64 ] || none 'the cross compiler is for x86_64 only'
place=$CACHE/cross-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/cross-build

usable() {
	"$place/bin/aarch64-linux-gnu-gcc" --version >/dev/null 2>&1 && [ -e "$place/usable" ]
}

# root NAME ARCHITECTURE: unpacks the packages that a program needs to be built and to run.
root() {
	local package packages=()
	for package in libc6 libc6-dev linux-libc-dev libcrypt1 libgcc-s1 libgcc-12-dev \
		libconfig9 libconfig-dev libfuse3-3 libfuse3-dev busybox-static; do
		packages+=("$package:$2")
	done
	download "$work/debs-$1" "${packages[@]}"
	unpack "$place/$1" "$work/debs-$1"
}

# wrapper NAME PROGRAM [ARG]...: makes a compiler that needs no further options.
wrapper() {
	local name=$place/bin/$1
	shift
	mkdir -p "$place/bin"
	{
		echo '#!/bin/sh'
		printf '%s exec ' "${libraries:-}"
		printf '%q ' "$@"
		echo '"$@"'
	} >"$name"
	chmod +x "$name"
}

build() {
	local gcc=$place/gcc/usr libraries
	rm -rf "$work" "$place"
	progress 'downloading what is needed to compile for aarch64 and i386, once (50 MB)'
	bookworm "$work" amd64 arm64 i386
	root aarch64 arm64
	root i386 i386
	download "$work/debs-gcc" gcc-12-aarch64-linux-gnu cpp-12-aarch64-linux-gnu \
		binutils-aarch64-linux-gnu
	unpack "$place/gcc" "$work/debs-gcc"
	# gcc looks for its files only next to itself.
	cp -rn "$place/aarch64/usr/lib/gcc/aarch64-linux-gnu/12/." \
		"$gcc/lib/gcc-cross/aarch64-linux-gnu/12/"
	libraries="LD_LIBRARY_PATH=$(printf %q "$gcc/lib/x86_64-linux-gnu")"
	wrapper aarch64-linux-gnu-gcc "$gcc/bin/aarch64-linux-gnu-gcc-12" \
		--sysroot="$place/aarch64" -B"$gcc/aarch64-linux-gnu/bin" \
		-L"$place/aarch64/lib/aarch64-linux-gnu"
	libraries=
	wrapper i386-linux-gnu-gcc gcc -m32 --sysroot="$place/i386" \
		-B"$place/i386/usr/lib/gcc/i686-linux-gnu/12"
	touch "$place/usable"
	rm -rf "$work"
}

once cross usable build
printf '%s\n' "$place"
