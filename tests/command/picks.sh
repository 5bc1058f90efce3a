#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that not every machine has: privmap chooses an engine that serves them. programs.sh tests
# how it finds the program that COMMAND runs, and which engine it chooses.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/mount/x.git"
in=$WORK/mount/x.git/in
head -c 5000 /dev/urandom >"$in"
converted="converted $in, 5000 bytes at 0"

cd "$WORK"
cp "$BUILD/integration/programs/mapsteps" dynamic

# picked ENGINE WHY PROGRAM: privmap -v says so, and serves the program.
picked() {
	"$BUILD/privmap" -v "./$3" map "$in" >"$out" 2>"$err" || echo "status $?"
	cat "$out" "$err"
	head -n 1 "$err" | grep -qxE "privmap: engine $1 for .*: $2" &&
		[ "$(tail -n +2 "$err")" = "privmap: $converted" ] &&
		[ "$(cat "$out")" = "$in: private, right" ]
}

dynamic='it is a dynamic program \(ld-[^ ]*\)'
static='it is a static program, for which LD_PRELOAD does nothing'
check 'a dynamic program' picked preload "$dynamic" dynamic
if command -v musl-gcc >"$WORK/musl"; then
	musl-gcc -pthread -o musl "$TOP/integration/programs/mapsteps.c"
	check 'a program of another libc' picked trace 'it uses another libc \(ld-musl-.*\.so\.1\)' musl
	musl-gcc -static -pthread -o musl-static "$TOP/integration/programs/mapsteps.c"
	check '  static' picked trace "$static" musl-static
else
	skip 'a program of another libc' 'no musl-gcc'
fi

# Needs no libc for 32 bits, which few machines have.
narrow_source() {
	cat <<-'END'
		static int call(int number, int a, int b, int c, int d, int e)
		{
			int result;

			__asm__ volatile("push %%ebp; xor %%ebp, %%ebp; int $0x80; pop %%ebp"
					 : "=a"(result)
					 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
			return result;
		}
		void _start(void)
		{
			enum { EXIT = 1, READ = 3, OPEN = 5, MPROTECT = 125, MMAP2 = 192 };
			char bytes[16];
			int fd = call(OPEN, (int)IN, 0, 0, 0, 0);
			int map = call(MMAP2, 0, 4096, 1, 1, fd);

			if (map > -4096 && map < 0)
				call(EXIT, -map, 0, 0, 0, 0);
			call(READ, fd, (int)bytes, 16, 0, 0);
			for (int i = 0; i < 16; i++)
				if (((char *)map)[i] != bytes[i])
					call(EXIT, 200, 0, 0, 0, 0);
			call(EXIT, call(MPROTECT, map, 4096, 3, 0, 0) == -13 ? 42 : 201, 0, 0, 0, 0);
		}
	END
}
narrow() {
	ends 19 '' ./narrow && echo "alone: ENODEV" &&
		ends 42 'privmap: engine trace for \./narrow: it is for another architecture \(i386\)' \
			"$BUILD/privmap" ./narrow
}
if narrow_source | compile narrow -m32 -O1 -fno-pic -fno-stack-protector -nostdlib -static \
	-DIN="\"$in\"" 2>"$WORK/m32" && { ./narrow || [ "$?" -eq 19 ]; }; then
	check 'a program of 32 bits is served, and may not write' narrow
else
	skip 'a program of 32 bits' "none is to be had: $(tail -n 1 "$WORK/m32")"
fi

if go=$(XDG_CACHE_HOME=${CACHE%/*} "$TOP/integration/clients/gogit.sh" --cached 2>"$WORK/go"); then
	for name in gogit gogit-cgo; do
		go_picked() {
			"$BUILD/privmap" -v "${go%/*}/$name" >"$out" 2>"$err" || :
			head -n 1 "$err"
			head -n 1 "$err" | grep -q \
				"^privmap: engine trace for .*/$name: it is a Go program, which calls the kernel without libc$"
		}
		check "a Go program: $name" go_picked
	done
else
	skip 'a Go program' 'gogit is not built; programs.sh has one that looks like it'
fi

t_end
