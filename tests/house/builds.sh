#!/bin/bash
# SPDX-License-Identifier: MIT
# builds.sh [levels]: gcc and clang build all three parts without a warning, and the results work;
# with "levels" at all other levels, and with link-time optimization. Also tests how much stack the
# library's functions take.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# The variables of make check must not count here.
unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS LDFLAGS
build=$WORK/build
mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/mount/x.git"
head -c 5000 /dev/zero >"$WORK/mount/x.git/in"
echo 'rules = ( { path = "*.git/*"; action = "private"; } );' >"$WORK/rules.conf"

# builds COMPILER FLAGS: make prints only what it makes.
builds() {
	rm -rf "$build"
	make -s -C "$TOP" BUILD="$build" CC="$1" CFLAGS="$2" >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	# gcc mentions where -flto could have used several processors; that depends on sizes.
	! grep -vE '^  (CC|LD|AR) |^lto-wrapper: (warning: using serial|note: see)' "$out"
}

# answers [NAME=VALUE]... PROGRAM: prints the answers of the conformance suite.
answers() {
	rm -rf "$WORK/mount/cases.git"
	mkdir "$WORK/mount/cases.git"
	env PRIVMAP_CONFIG="$WORK/rules.conf" "$@" --only protect,remap,unmap,fixed,contents "$WORK/mount/cases.git"
}
conform=$BUILD/integration/conform
answers LD_PRELOAD="$BUILD/libprivmap.so" "$conform" >"$WORK/answers"

# The command finds the library, which finds the loader, and the answers are those of this build.
works() {
	ends 0 '' "$build/privmap" -c "$WORK/rules.conf" "$BUILD/integration/programs/mapkinds" "$WORK/mount/x.git/in" &&
		[ "$(grep -c '^[a-z]* *shared read.*: private$' "$out")" -eq 3 ] || return 1
	answers LD_PRELOAD="$build/libprivmap.so" "$conform" >"$out" && diff -u "$WORK/answers" "$out"
}

# The engine that it puts into static programs works, too.
works_in_a_program() {
	cp "$conform-static" "$WORK/conform" && "$build/privmapctl" compile "$WORK/rules.conf" >"$out" &&
		"$build/privmapctl" patch "$WORK/conform" >"$out" || return
	answers "$WORK/conform" >"$out" && diff -u "$WORK/answers" "$out"
	set -- $?
	"$build/privmapctl" patch --undo "$WORK/conform" >"$out" && return "$1"
}

levels=(-O2)
[ "${1:-}" != levels ] || levels=(-O0 -O1 -O3 '-O2 -flto')
for compiler in gcc clang; do
	for flags in "${levels[@]}"; do
		if command -v "$compiler" >"$out"; then
			check "$compiler $flags builds without a warning" builds "$compiler" "$flags"
			check '  and it works' works
			[ ! -s "$build/patched" ] || [ ! -s "$build/zydis" ] ||
				check '  also in a static program' works_in_a_program
		else
			skip "$compiler $flags" "no $compiler"
		fi
	done
done
if [ "${1:-}" = levels ]; then
	if command -v gcc >"$out"; then
		# As those of Ubuntu and Nix do.
		check 'a gcc that hardens by itself builds without a warning' \
			builds 'gcc -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fcf-protection -Wl,-z,relro' -O2
		check '  and it works' works
	fi
	t_end
fi

# make check installs the compiler after make has read the Makefile.
parts_with() {
	make -C "$TOP" -pn BUILD="$build" CC="$1" all 2>"$out" | grep '^patcher = '
}
same_parts() {
	parts_with "$CC" >"$WORK/parts" && parts_with /nowhere/cc | diff "$WORK/parts" -
}
if [ "$(uname -m)" = x86_64 ]; then
	check 'a compiler that is installed later builds the same parts' same_parts
else
	skip 'a compiler that is installed later builds the same parts' 'the patcher is for x86_64'
fi

# Hosts call us with 9 KiB of stack left. The limit is for each function, and a chain of calls has
# only one large function. Exceptions, which run on the main thread's stack:
# configure.c: the constructor calls it, with names of files
# report.c: the destructor
frames_are_small() {
	local wide=$WORK/wide
	builds "${CC##*/}" '-O2 -fstack-usage' || return 1
	cat "$build"/obj/shim/{core,engine,preload}/{,*/}*.su >"$WORK/usage"
	[ "$(wc -l <"$WORK/usage")" -gt 50 ] || return 1
	awk -F '\t' '$2 > 1600 || $3 != "static"' "$WORK/usage" | grep -vE '/(configure|report)\.c:' >"$wide" || :
	cat "$wide"
	[ ! -s "$wide" ]
}
check 'no function of the hooks takes more than 1600 bytes of stack, or an unknown number' \
	frames_are_small
t_end
