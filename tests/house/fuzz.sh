#!/bin/bash
# SPDX-License-Identifier: MIT
# Code that reads bytes of others gets random ones from libFuzzer, for FUZZ_SECONDS (20) each.
# fuzz/*.c check the results; AddressSanitizer and UndefinedBehaviorSanitizer see the rest. This
# script makes the first inputs. fuzz.sh [NAME]...: runs only these.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS LDFLAGS
seconds=${FUZZ_SECONDS:-20}
build=$WORK/build
fuzzers=("$@")
if [ $# -eq 0 ]; then
	for file in "$TOP"/tests/unit/fuzz/*.c; do
		fuzzers+=("$(basename "$file" .c)")
	done
fi

# --- the first inputs: NAME_seeds makes files in the current directory ---

# zeros COUNT
zeros() {
	head -c "$1" /dev/zero
}

glob_seeds() {
	printf '*/.git/*\0/home/u/r/.git/objects/pack/.tmpAb3' >git
	printf 'a*b?c*[!x-z/]\\*\0aXbXcXq*' >stars
	printf '[[:alpha:]-z][]a][^]a]\0a]b' >brackets
	printf '*[[[a-b-[:digit:][x\0[[[a7[x' >open
}

advice_seeds() {
	printf 'srv/objects/tmp_objdir-incoming-x7Kp2q/pack/pack-0123456789abcdef0123.idx' >git
	printf 'home/u/.cache/go-build/3f/3f00112233445566778899-d' >go
	printf 'tmp/tmpab_12cd/550e8400-e29b-41d4-a716-446655440000.parquet' >uuid
	printf 'srv/it'\''s [odd] *?\\:\n/_1k.si' >odd
}

# The first byte chooses how much memory there is.
source_seeds() {
	local file
	for file in "$TOP"/config/privmap.conf "$TOP"/config/examples/*.conf; do
		{
			printf '\377'
			cat "$file"
		} >"${file##*/}"
	done
	printf '%s\n' '\377@include "200"' '@include "201"' 'log = { level = "debug" };' '\frules = (' \
		'{ path = [ "*.a", "\x41" "b" ]; program = "gix"; filesystem = "9p"; access = "read-only";' \
		'worktree = true; database = false; when = "always"; action = "buffer"; } );' \
		'\fbuffer : { memory = "1M"; limit = 0x10; spool = "/tmp" }; /* */ # //' >included
	sed -i '1s/^\\377/\xff/; s/^\\f/\f/' included
	sed '1s/^./\x05/' included >little
}

# The first byte chooses which of its promises are made true.
compiled_seeds() {
	local file
	for file in "$TOP"/config/privmap.conf "$TOP"/config/examples/*.conf; do
		cp "$file" rules.conf
		"$BUILD/privmapctl" compile rules.conf >/dev/null
		{
			printf '\7'
			cat rules.conf.compiled
		} >"${file##*/}"
	done
	rm -f rules.conf rules.conf.compiled
}

maps_seeds() {
	{
		zeros 50
		head -c 3000 /proc/self/maps
	} >own
	{
		printf '\0\020\100\0\0\0\0\0' # 0x401000
		zeros 42
		printf '%s\n' '00400000-00402000 r-xs 00001000 fe:01 1234    /a file' \
			'7ffd1000-7ffd2000 rw-p 00000000 00:00 0 [stack]'
	} >two
}

mountinfo_seeds() {
	{
		printf '\1\0\0\0'
		zeros 96
		head -c 3000 /proc/self/mountinfo
	} >own
	{
		printf '\50\0\0\0'
		zeros 96
		printf '%s\n' '26 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw' \
			'40 26 0:35 / /srv/a\040b rw master:2 propagate_from:1 - virtiofs share rw'
	} >two
}

script_seeds() {
	printf '#!/bin/sh -e\n' >shell
	printf '#! \t/usr/bin/env \t-S a b \t\n' >blanks
	printf '#!a\0b c\n' >nul
	printf '#!%0252d\n' 0 >long
	printf '#!/bin/sh' >unended
}

# Small files; in one the interpreter's name is just too long. The 32-bit ones have only such
# headers.
elf_seeds() {
	local file long linked=(-s -nostdlib '-Wl,-z,noseparate-code,-z,norelro')
	long=$(printf '/%0254d' 0)
	compile dynamic "${linked[@]}" -pie -Wl,--dynamic-linker=/lib/ld.so -lc \
		<<<'void *mmap(void); void _start(void) { for (;;) mmap(); }'
	compile long "${linked[@]}" -pie -Wl,--dynamic-linker="$long" <<<'void _start(void) { for (;;); }'
	compile static "${linked[@]}" -static <<<'void _start(void) { for (;;); }'
	for file in dynamic long static; do
		cp "$file" "$file-narrow"
		printf '\1' | dd of="$file-narrow" bs=1 seek=4 conv=notrunc status=none
	done
}

# Programs to patch. The first bytes choose where to damage the result, and how.
patcher_seeds() {
	local name linked=(-O1 -nostdlib -ffreestanding -fno-stack-protector '-Wl,-z,norelro,-z,noseparate-code')
	maps_and_more() {
		cat <<-'END'
			__asm__(".text; .skip 128, 0x90"); /* a vote needs code in front */
			static long call(long number, long a, long b)
			{
				__asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b) : "rcx", "r11", "memory");
				return number;
			}
			__attribute__((noinline)) static long map(long a) { return call(9, a, 4096); }
			__attribute__((noinline)) static long unmap(long a) { return call(11, a, 4096); }
			__attribute__((naked, noinline)) static void any(long number, long a)
			{
				__asm__("mov %rdi,%rax; mov %rsi,%rdi; syscall; ret");
			}
			__attribute__((noinline)) static long table(long n)
			{
				switch (n) {
				case 0: return 7;
				case 1: return map(1);
				case 2: return 3;
				case 3: return 99;
				case 4: return unmap(3);
				case 5: return 5;
				default: return n;
				}
			}
			void _start(void)
			{
				map(0);
				any(25, 1);
				table(unmap(0));
				for (;;)
					call(231, 0, 0);
			}
		END
	}
	maps_and_more | compile plain "${linked[@]}" -static -s
	maps_and_more | compile sections "${linked[@]}" -static
	maps_and_more | compile anywhere "${linked[@]}" -static-pie -fPIE -s
	maps_and_more | compile tableless "${linked[@]}" -static -s -fno-asynchronous-unwind-tables
	maps_and_more | compile noted "${linked[@]}" -static -s -Wl,--build-id
	for name in plain sections anywhere tableless noted; do
		{
			zeros 5
			cat "$name"
		} >new
		mv new "$name"
	done
}

# --- building, running ---

builds() {
	make -s -j2 -C "$TOP" BUILD="$build" CC=clang CFLAGS="-O1 -g -fno-omit-frame-pointer \
		-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
		"${fuzzers[@]/#/$build/tests/unit/fuzz/}" >"$out" 2>&1 || {
		grep -vE '^  (CC|LD|AR) ' "$out"
		return 1
	}
}

# libFuzzer prints only a short input that failed; this prints a longer one.
survives() {
	local corpus=$WORK/corpus/$1 found=$WORK/found-$1 file
	mkdir -p "$corpus" "$found"
	(cd "$corpus" && "$1_seeds") || return 1
	# libconfig leaks strings after an error.
	ASAN_OPTIONS=detect_leaks=$([ "$1" = source ] && echo 0 || echo 1) \
		"$build/tests/unit/fuzz/$1" -max_total_time="$seconds" -timeout=60 -max_len=8192 \
		-print_final_stats=1 -artifact_prefix="$found/" "$corpus" >"$out" 2>&1 || {
		grep -vE '^#[0-9]+[[:space:]]+(NEW|REDUCE|pulse|RELOAD)' "$out" | head -n 60
		for file in "$found"/*; do
			echo "${file##*/}, in base64:"
			base64 -w 0 "$file"
		done
		return 1
	}
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out")
	echo "$1: ${executions:-no} executions"
	[ "${executions:-0}" -ge 1000 ]
}

if ! command -v clang >"$out"; then
	skip 'fuzzing' 'no clang'
	t_end
	exit
fi
check "libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer: all builds" builds
for fuzzer in "${fuzzers[@]}"; do
	executions=0
	check "$fuzzer, $seconds s" survives "$fuzzer"
	progress "$fuzzer: $executions executions"
done
t_end
