#!/bin/bash
# SPDX-License-Identifier: MIT
# Other architectures: all parts compile for aarch64 and i386 without a warning, with gcc and clang.
# The i386 build works on this kernel, the aarch64 library under qemu-aarch64, which cannot trace
# (integration/aarch64.sh tests that, on an emulated kernel).
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# What make check itself was given does not count here.
unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS LDFLAGS CFLAGS
if ! prepared "$TOP/integration/guest/aarch64/toolchain.sh"; then
	skip 'for other architectures' "$answer"
	t_end
fi
cross=$answer
mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/mount/x.git"
file=$WORK/mount/x.git/in
head -c 5000 /dev/zero >"$file"
for action in private buffer; do
	echo "rules = ( { path = \"*.git/*\"; action = \"$action\"; } );" >"$WORK/$action.conf"
done

# cross ARCHITECTURE CC MAKE-ARGUMENT...: make for it prints only what it makes. gcc's notes on
# alignment for i386 concern only programs linked with objects of old compilers.
cross() {
	local architecture=$1 root=$cross/$1 compiler=$2
	shift 2
	PKG_CONFIG_SYSROOT_DIR=$root \
		PKG_CONFIG_LIBDIR=$root/usr/lib/$architecture-linux-gnu/pkgconfig \
		make -s -j2 -C "$TOP" BUILD="$WORK/$architecture" CC="$compiler" \
		CFLAGS='-O2 -Wno-psabi' "$@" >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	! grep -vE '^  (CC|LD|AR) ' "$out"
}

# gives KIND COMMAND...: the shared read-only mappings of mapkinds are of that kind. qemu-aarch64
# refuses MAP_SHARED_VALIDATE, but served calls do not get that far. $told is the line that privmap
# prints.
told=
gives() {
	local kind=$1
	shift
	ends 0 "$told" "$@" &&
		[ "$(grep -cE "^(validated )?shared read, O_RD(ONLY|WR): $kind\$" "$out")" -eq 3 ] &&
		[ "$(grep -cE '^(validated )?shared write: E(NODEV|INVAL)$' "$out")" -eq 2 ]
}
refused() {
	ends 0 '' "$@" && [ "$(grep -cE '^(validated )?shared .*: E(NODEV|INVAL)$' "$out")" -eq 5 ]
}
# machine FILE PATTERN: the machine in the file's header.
machine() {
	readelf -h "$1" | grep -E "Machine: *$2\$"
}
integration=(conform conform-static programs/mapkinds refusers/mmapworld refusers/refusefs)

# --- aarch64 ---

aarch64=$WORK/aarch64
check 'aarch64, clang: no warning' cross aarch64 \
	"clang --target=aarch64-linux-gnu --sysroot=$cross/aarch64" LDFLAGS=-fuse-ld=mold all
rm -rf "$aarch64"
check 'aarch64, gcc: no warning, also in the programs of tests' cross aarch64 \
	"$cross/bin/aarch64-linux-gnu-gcc" all "${integration[@]/#/"$aarch64/integration/"}"
for part in privmap privmapctl libprivmap.so privmap-config.so; do
	check "  $part is for it" machine "$aarch64/$part" AArch64
done

emulated() {
	qemu-aarch64 -L "$cross/aarch64" "$@"
}
with_library() {
	emulated -E LD_PRELOAD="$aarch64/libprivmap.so" -E PRIVMAP_CONFIG="$WORK/$1.conf" \
		"$aarch64/integration/programs/mapkinds" "$file"
}
check 'aarch64: a program alone is refused' refused emulated "$aarch64/integration/programs/mapkinds" "$file"
check '  preloaded, it is served' gives private with_library private
check '  by copies, too' gives shared with_library buffer
check '  the command starts' prints "$("$BUILD/privmap" --version)" emulated "$aarch64/privmap" --version
check '  and says that it cannot trace under qemu-aarch64' ends 125 'privmap: .* cannot be traced .*' \
	emulated "$aarch64/privmap" -e trace "$aarch64/integration/programs/mapkinds" "$file"
cp "$aarch64/launcher" "$WORK/launched"
echo 'int puts(const char *); int main(int count, char **argv) { return count < 2 || puts(argv[0]) + puts(argv[1]) < 0; }' |
	compile "$WORK/launched.privmap-original" -static
check '  a launcher runs the original in its directory, with its argument 0' prints $'name\nword' emulated -0 name "$WORK/launched" word

# --- i386: this kernel runs it; its libc is in an unusual place ---

i386=$WORK/i386
system=$cross/i386/lib/i386-linux-gnu
system_flags="-Wl,--dynamic-linker=$system/ld-linux.so.2 -Wl,--disable-new-dtags \
-Wl,-rpath,$system:$cross/i386/usr/lib/i386-linux-gnu"
check 'i386, clang: no warning' cross i386 \
	"clang --target=i386-linux-gnu --sysroot=$cross/i386" LDFLAGS=-fuse-ld=mold all
rm -rf "$i386"
check 'i386, gcc: no warning' cross i386 "$cross/bin/i386-linux-gnu-gcc" \
	LDFLAGS="$system_flags" all "$i386/integration/programs/mapkinds"
for part in privmap privmapctl libprivmap.so privmap-config.so; do
	check "  $part is for it" machine "$i386/$part" 'Intel 80386'
done
check 'i386: a program alone is refused' refused "$i386/integration/programs/mapkinds" "$file"
for kind in private:private buffer:shared; do
	check "  its privmap serves it (${kind%:*})" gives "${kind#*:}" \
		"$i386/privmap" -c "$WORK/${kind%:*}.conf" "$i386/integration/programs/mapkinds" "$file"
done
# far FILE: maps it at offsets that mmap2(2) cannot have, and prints 0.
# shellcheck disable=SC2086 # words
"$cross/bin/i386-linux-gnu-gcc" -O2 -D_GNU_SOURCE $system_flags -o "$WORK/far" -x c - <<'END'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
int main(int argc, char **argv)
{
	int fd = open(argv[argc - 1], O_RDONLY), wrong = fd < 0;

	for (int bit = 44; bit < 63; bit++)
		wrong += mmap64(NULL, 4096, PROT_READ, MAP_SHARED, fd, 1LL << bit) != MAP_FAILED ||
			 errno != EINVAL;
	printf("%d\n", wrong);
}
END
check '  it takes no invalid offset for a refusal' prints 0 "$i386/privmap" -p "$WORK/*" "$WORK/far" "$file"
check '  it has no tracer, and says so' ends 125 "privmap: .*: privmap has no tracer for this machine" \
	"$i386/privmap" -e trace "$i386/integration/programs/mapkinds" "$file"
"$cross/bin/i386-linux-gnu-gcc" -O2 -static -o "$WORK/mapkinds-static" "$TOP/integration/programs/mapkinds.c"
told='privmap: engine trace for .*: it is for another architecture \(i386\)'
for kind in private:private buffer:shared; do
	check "  the privmap of x86_64 traces static ones (${kind%:*})" gives "${kind#*:}" \
		"$BUILD/privmap" -e trace -c "$WORK/${kind%:*}.conf" "$WORK/mapkinds-static" "$file"
done
t_end
