#!/bin/bash
# SPDX-License-Identifier: MIT
# The library as on Alpine: built with musl, without libconfig and with built-in rules. It serves a
# program linked with musl, and so do the privmap of the other libc and one that is built with musl.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if ! command -v musl-gcc >"$out"; then
	echo '1..0 # SKIP no musl-gcc'
	exit 0
fi
# Debian's musl lacks the kernel's headers; use only these from this system.
mkdir "$WORK/headers"
for directory in linux asm-generic "$(gcc -print-multiarch)/asm" asm; do
	[ ! -d "/usr/include/$directory" ] || ln -sfn "/usr/include/$directory" "$WORK/headers/${directory##*/}"
done
build=$WORK/build library=$WORK/build/libprivmap.so mapkinds=$WORK/mapkinds
mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/mount/x.git"
in=$WORK/mount/x.git/in out_of=$WORK/mount/out
head -c 5000 /dev/zero | tee "$in" >"$out_of"

builds() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$TOP" BUILD="$build" CC=musl-gcc CFLAGS=-O2 \
		CPPFLAGS="-idirafter $WORK/headers" "$1" >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	! grep -vE '^  (CC|LD|AR) ' "$out"
}
needs() {
	diff -u <(echo libc.so) <(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}
exports() {
	diff -u <(printf '%s\n' mmap mmap64 mprotect mremap munmap pkey_mprotect) \
		<(nm -D --defined-only "$library" | awk '{ print $NF }' | sort)
}

check 'the library builds without a warning' builds "$library"
check '  it needs libc and nothing else' needs "$library"
check '  it exports the six calls' exports
check '  so does that for children' builds "$build/libprivmap-exec.so"
check_fails '  the loader is not to be had without libconfig' builds "$build/privmap-config.so"
check 'a program of musl' musl-gcc -idirafter "$WORK/headers" -o "$mapkinds" "$TOP/integration/programs/mapkinds.c"
check '  it is one' needs "$mapkinds"
check '  is refused' private 2 "$mapkinds" "$in"
# Programs of glibc cannot load it.
preloaded() {
	env LD_PRELOAD="$library" "$@" "$mapkinds" "$in"
}
check 'preload: it is served' private 5 preloaded
check '  not a file without a rule' private 2 env LD_PRELOAD="$library" "$mapkinds" "$out_of"
check '  PRIVMAP_PATHS' private 5 env LD_PRELOAD="$library" PRIVMAP_PATHS=out "$mapkinds" "$out_of"
check '  PRIVMAP_DISABLE=1' private 2 preloaded PRIVMAP_DISABLE=1
check '  PRIVMAP_REPORT=1' ends 0 'privmap: mapkinds.*: 3 converted .*' preloaded PRIVMAP_REPORT=1
echo 'rules = ();' >"$WORK/rules.conf"
without_loader() {
	ends 0 'privmap: .*/rules\.conf: cannot be read without its loader: .*' "$@" && private 2 "$@"
}
check '  a rule file: said, and nothing is served' without_loader preloaded PRIVMAP_CONFIG="$WORK/rules.conf"
check 'the command builds as well, without a warning' builds "$build/privmap"
check '  it needs libc and nothing else' needs "$build/privmap"
for engine in auto preload trace; do
	check "  engine $engine: it serves" private 5 "$build/privmap" -e "$engine" "$mapkinds" "$in"
	check '    not a file without a rule' private 2 "$build/privmap" -e "$engine" "$mapkinds" "$out_of"
done
check 'trace: it is served' private 5 "$BUILD/privmap" -e trace "$mapkinds" "$in"
check '  also where privmap chooses' private 5 "$BUILD/privmap" "$mapkinds" "$in"
check '  not a file without a rule' private 2 "$BUILD/privmap" "$mapkinds" "$out_of"
t_end
