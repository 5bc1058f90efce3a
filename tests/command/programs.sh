#!/bin/bash
# SPDX-License-Identifier: MIT
# Which program privmap finds for COMMAND, and which engine it chooses. It must find the same
# program as env(1), and end with the same status.
# shellcheck disable=SC2317,SC2016 # check calls the functions; COMMAND's shell expands
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Other users must reach it, which may not be true for the build directory.
chmod 711 "$WORK"
mkdir "$WORK/privmap" "$WORK/bin" "$WORK/play"
cp "$BUILD/privmap" "$BUILD/libprivmap.so" "$BUILD/privmap-config.so" "$WORK/privmap"
privmap=$WORK/privmap/privmap
bin=$WORK/bin
PATH=$bin:$PATH
cd "$WORK/play"

# Says whether it has the library or a tracer, and prints its arguments.
served_source() {
	cat <<-'END'
		#include <stdio.h>
		#include <string.h>
		static int holds(const char *file, const char *start, const char *text)
		{
			char line[512];
			FILE *lines = fopen(file, "r");

			while (lines && fgets(line, sizeof(line), lines))
				if (strncmp(line, start, strlen(start)) == 0 && strstr(line, text))
					return 1;
			return 0;
		}
		int main(int argc, char **argv)
		{
			fputs(holds("/proc/self/maps", "", "libprivmap.so") ? "served" :
			      holds("/proc/self/status", "TracerPid:", "\t0\n") ? "not served" :
			      "traced", stdout);
			while (*++argv)
				printf(" %s", *argv);
			putchar('\n');
			return argc > 9;
		}
	END
}
served_source | compile "$bin/served"

# traced WHY PROGRAM: the other engine serves it, silently unless -v asks; with -e preload it is not
# served.
traced() {
	local why=$1
	shift
	ends 0 '' "$privmap" "$@" && grep -q '^traced' "$out" &&
		ends 0 "privmap: engine trace for .*: $why" "$privmap" -v "$@" &&
		grep -q '^traced' "$out" &&
		ends 0 '' "$privmap" -e preload "$@" && grep -q '^not served' "$out"
}

# --- like env(1): the same exit status and output, but served ---

as_env() {
	local wanted=0 status=0
	env "$@" >"$WORK/env.out" 2>"$WORK/env.err" </dev/null || wanted=$?
	"$privmap" "$@" >"$out" 2>"$err" </dev/null || status=$?
	echo "status $status, of env $wanted; stderr of both:"
	cat "$WORK/env.err" "$err"
	sed -i 's/^not served/served/' "$WORK/env.out"
	[ "$status" -eq "$wanted" ] && diff -u "$WORK/env.out" "$out"
}

# same PROGRAM ARG...: and one line on stderr, if env prints something there.
same() {
	as_env "$@" && [ "$(wc -l <"$err")" -eq "$(wc -l <"$WORK/env.err")" ]
}

# text NAME LINE...: makes an executable file.
text() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$name"
	chmod +x "$name"
}

mkdir -p first second
cp "$bin/served" first/plain
chmod -x first/plain
cp "$bin/served" second/plain
mkdir first/other
cp "$bin/served" second/other
cp "$bin/served" here
ln -s nowhere dangling
ln -s loop loop
ln -s "$bin/served" link
text file 'echo hi'
chmod -x file
long=$(printf '%05000d' 0)

check 'a program in PATH' prints 'served a b' "$privmap" served a b
check 'a relative name' same ./here
check 'a name with a directory' same ../bin/served x
check 'a symbolic link' same ./link
check 'an exit status' same served 1 2 3 4 5 6 7 8 9 10
for name in no-such-program ./no-such-program '' / . first ./first ./file ./file/x ./dangling \
	./loop "${long:0:300}" "$long" "./$long"; do
	check "what cannot be run: '${name:0:20}'" same "$name"
done

mkfifo -m 755 fifo
text of-a-fifo "#!$PWD/fifo"
for name in fifo of-a-fifo; do
	check "what cannot be run, and must not be waited for: '$name'" \
		ends 126 "privmap: '\./$name': .*Permission denied" timeout 60 "$privmap" "./$name"
done

# with_path PATH PROGRAM: uses PATH only to find the program.
with_path() {
	local path=$1
	shift
	PATH=$path same "$@"
}
for path in first:second second:first first: second: :second:first first::second \
	"first:$PWD/second" file:second loop:second none:second ''; do
	# PATH must have env itself.
	for name in plain other here; do
		check "PATH $path, $name" with_path "$path:/usr/bin:/bin" "$name"
	done
done
without_path() (
	unset PATH
	"$privmap" ls -d /
)
check 'no PATH' prints / without_path
empty_path() {
	PATH='' "$privmap" ls
}
check 'an empty PATH' ends 127 "privmap: 'ls': No such file or directory" empty_path

# --- scripts ---

text script "#!$bin/served an argument"
text blanks "#!  	 $bin/served   x  "
text no-newline "#!$bin/served"
truncate -s -1 no-newline
text by-env '#!/usr/bin/env served'
text by-env-with-option '#!/usr/bin/env -i served'
text by-env-S '#!/usr/bin/env -S served a b'
text by-env-S-variable '#!/usr/bin/env -S A=1 B=2 served a'
text by-env-S-option '#!/usr/bin/env -S -u plain served a'
text by-env-S-quoted '#!/usr/bin/env -S "served" "a b"'
text by-env-vS '#!/usr/bin/env -vS served a'
text by-env-gone '#!/usr/bin/env no-such-program'
text relative '#!./here x'
text no-slash '#!served'
text gone '#!/no/such/interpreter'
text carriage-return "#!$bin/served"$'\r'
text not-executable '#!./file'
text interpreter-directory '#!/usr'
text no-interpreter '#!' 'echo hi'
text blank-interpreter '#!  ' 'echo hi'
text no-hash-bang 'echo hi $1'
text by-no-hash-bang '#!./no-hash-bang'
: >empty
chmod +x empty
text long-line "#!$bin/served -${long:0:300}"
text too-long "#!/${long:0:300}" 'echo hi'
text far "#!${long//0/ }$bin/served" 'echo hi'
text link-script '#!./link'
for name in script blanks no-newline by-env by-env-with-option by-env-S by-env-S-variable \
	by-env-S-option by-env-S-quoted by-env-vS by-env-gone relative no-slash gone \
	carriage-return not-executable interpreter-directory no-interpreter blank-interpreter \
	no-hash-bang by-no-hash-bang empty long-line too-long far link-script; do
	check "#!: $name" same "./$name" 1
done
check '#!: a missing interpreter is named' ends 127 \
	"privmap: './gone': its interpreter /no/such/interpreter: No such file or directory" "$privmap" ./gone
check '  in both engines' ends 127 "privmap: './gone': its interpreter .*" "$privmap" -e trace ./gone
check '  the end of its line, too' ends 127 "privmap: '.*': its interpreter $bin/served\\\\x0d: .*" \
	"$privmap" ./carriage-return
check '  one that cannot be run' ends 126 "privmap: '.*': its interpreter ./file: Permission denied" \
	"$privmap" ./not-executable
served_source | compile ./no-linker -Wl,--dynamic-linker=/no/such/ld.so
check '  a missing dynamic linker, too' ends 127 "privmap: './no-linker': its interpreter /no/such/ld.so: .*" \
	"$privmap" -e preload ./no-linker
text deep-1 "#!$bin/served"
for n in 2 3 4 5 6 7; do
	text "deep-$n" "#!./deep-$((n - 1))"
	check "#!: $n deep" same "./deep-$n"
done
in_path() {
	PATH=$PWD:$PATH same script x
}
check '#!: found in PATH' in_path

# --- programs that the library cannot reach ---

static='it is a static program, for which LD_PRELOAD does nothing'
served_source | compile ./static -static
served_source | compile ./static-pie -static-pie
check 'a static program' traced "$static" ./static
check 'a static-pie program' traced "$static" ./static-pie
text by-static '#!./static'
check '#!: a static interpreter' traced "$static" ./by-static
ln -s static link-static
check 'a symbolic link to a static program' traced "$static" ./link-static
mv static "$bin/static-in-path"
check 'a static program in PATH' traced "$static" static-in-path
text by-env-static '#!/usr/bin/env static-in-path'
text by-env-S-static '#!/usr/bin/env -S A=1 static-in-path a'
text by-env-Sstatic '#!/usr/bin/env -Sstatic-in-path a'
check '#!: env and a static program' traced "$static" ./by-env-static
named() {
	ends 0 "privmap: engine trace for $bin/static-in-path: $static" "$privmap" -v "$@"
}
check 'its name is printed' named ./by-env-static
check '#!: env -S and a static program' named ./by-env-S-static
check '#!: env -S without a blank and a static program' named ./by-env-Sstatic
text static-deep-1 "#!$bin/static-in-path"
for n in 2 3 4 5; do
	text "static-deep-$n" "#!./static-deep-$((n - 1))"
done
check '#!: a static program, 5 deep' traced "$static" ./static-deep-5
check '-v says when it is not sure' ends 0 \
	'privmap: engine preload for .*/env: it is a dynamic program .*' "$privmap" -v ./by-env-S-option
check '-v says why' ends 0 \
	"privmap: engine preload for $bin/served: it is a dynamic program \(ld[^ ]*\)" "$privmap" -v served
insists_on_trace() {
	ends 0 'privmap: engine trace for .*: -e trace was given' \
		"$privmap" -v -e trace served && grep -qx traced "$out" &&
		ends 0 '' "$privmap" -e trace served && grep -qx traced "$out"
}
check 'a dynamic program, and -e trace' insists_on_trace

# The note that the Go linker writes into each program (cmd/internal/buildid).
go_note() {
	cat <<-'END'
		__asm__(".section .note.go.buildid,\"a\",@note\n"
			".balign 4\n.long 4, 5, 4\n.ascii \"Go\\0\\0\"\n.ascii \"abcde\"\n.balign 4\n"
			".text");
	END
	served_source
}
go_note | compile ./go
# With cgo, a Go program has a dynamic linker, but its mapping calls bypass libc.
go_linker() {
	traced 'it is a Go program, which calls the kernel without libc' ./go-static &&
		ends 0 'privmap: engine trace for .*: it is a Go program, .*' "$privmap" -v ./go &&
		grep -qx traced "$out" && prints served "$privmap" -e preload ./go
}
go_note | compile ./go-static -static
check 'a Go program, with cgo and without' go_linker

# patched NAME PYTHON: makes a changed copy of the dynamic program; elf(5) has the offsets.
patched() {
	"$python" - "$bin/served" "$1" "$2" <<-'END'
		import os, sys
		elf = bytearray(open(sys.argv[1], "rb").read())
		exec(sys.argv[3])
		open(sys.argv[2], "wb").write(elf)
		os.chmod(sys.argv[2], 0o755)
	END
}
# foreign WHY PROGRAM: prints one line, and then behaves like env(1).
foreign() {
	as_env "$2" && head -n 1 "$err" | grep -qxE "privmap: engine trace for .*: $1" &&
		[ "$(wc -l <"$err")" -eq $((1 + $(wc -l <"$WORK/env.err"))) ]
}
case $(uname -m) in x86_64) other=183 name=aarch64 ;; *) other=62 name=x86_64 ;; esac
patched arch "elf[18:20] = ($other).to_bytes(2, sys.byteorder)"
check 'another architecture' foreign "it is for another architecture \($name\)" ./arch
patched order 'elf[5] = 3 - elf[5]; elf[32:40] = elf[32:40][::-1]'
check 'another byte order' foreign 'it is for another architecture \(.*\)' ./order
patched odd-machine 'elf[18:20] = (4711).to_bytes(2, sys.byteorder)'
check 'an unknown architecture' foreign 'it is for another architecture \(machine 4711\)' ./odd-machine
exits='mov \$1, %eax; mov \$42, %ebx; int \$0x80'
if echo "void _start(void) { __asm__(\"$exits\"); }" | compile ./i386 -m32 -nostdlib -static 2>"$WORK/m32"; then
	check 'a program of 32 bits' foreign 'it is for another architecture \(i386\)' ./i386
else
	# Too short to run, but with all parts that privmap looks at.
	"$python" -c 'import sys
sys.stdout.buffer.write(b"\x7fELF\1\1\1" + bytes(9) + b"\2\0\3\0\1\0\0\0" + bytes(100))' >i386
	chmod +x i386
	check 'a program of 32 bits' foreign 'it is for another architecture \(i386\)' ./i386
fi
patched musl 'at = elf.index(b"/ld-linux"); end = elf.index(0, at)
elf[at:end] = b"/ld-musl-x.so.1".ljust(end - at, b"\0")'
check 'another libc' foreign 'it uses another libc \(ld-musl-x\.so\.1\)' ./musl

# --- files that only look like a program ---

patched short 'del elf[40:]'
patched no-segments 'del elf[64:]'
patched lost-segments 'elf[32:40] = (1 << 40).to_bytes(8, sys.byteorder)'
patched half 'del elf[len(elf) // 2:]'
head -c 5000 /dev/urandom >random
printf '\0\1\2\3' | cat - random >garbage
chmod +x garbage
for name in short no-segments lost-segments garbage; do
	check "a damaged program: $name" as_env "./$name"
done

# Tests only the look at the file, which comes before the rules: privmap survives any contents.
damaged() {
	local file status
	mkdir damaged
	"$python" - "$bin/served" <<-'END'
		import random, sys
		random.seed(1)
		for n in range(60):
		    elf = bytearray(open(sys.argv[1], "rb").read())
		    for _ in range(random.choice([1, 3, 30])):
		        at = random.randrange(random.choice([64, 1000]))
		        elf[at] = random.choice([0, 1, 127, 128, 255])
		    if n % 3 == 0:
		        del elf[random.randrange(2000):]
		    open(f"damaged/{n}", "wb").write(elf)
	END
	"$python" - "$bin/served" <<-'END'
		import struct, sys
		elf = bytearray(open(sys.argv[1], "rb").read())
		first, = struct.unpack_from("=Q", elf, 32)
		size, count = struct.unpack_from("=HH", elf, 54)
		for at in range(first, first + size * count, size):
		    if struct.unpack_from("=I", elf, at)[0] == 3: # PT_INTERP, p_filesz
		        struct.pack_into("=Q", elf, at + 32, len(elf) - 1000)
		open("damaged/long-interpreter", "wb").write(elf)
	END
	chmod +x damaged/*
	for file in damaged/*; do
		status=0
		timeout 120 "$privmap" -v -c none.conf "$file" >"$out" 2>"$err" || status=$?
		if [ "$status" -ne 125 ] || [ "$(wc -l <"$err")" -ne 2 ] ||
			! head -n 1 "$err" | grep -q '^privmap: engine '; then
			echo "$file: status $status"
			cat "$err"
			return 1
		fi
	done
	[ "$file" = damaged/long-interpreter ]
}
check 'sixty-one programs with damaged headers' damaged
t_end
