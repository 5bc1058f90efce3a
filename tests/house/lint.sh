#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs compilers and linters; each is one test.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS LDFLAGS CFLAGS
cd "$TOP"

# files PATTERN: lists files of the project, tracked by git or not.
files() {
	find . \( -path ./.git -o -path ./build \) -prune -o -type f -regextype posix-extended \
		-regex "$1" -print | sed 's,^\./,,' | sort
}
# Scripts have names of all kinds.
scripts() {
	files '.*' | while IFS= read -r file; do
		case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
		'#!/bin/bash' | '# shellcheck shell=bash') echo "$file" ;;
		esac
	done
}
mapfile -t code < <(files '.*\.[ch]')
mapfile -t sources < <(files '\./shim/.*\.c')
mapfile -t scripts < <(scripts)
# Of two headers with one name, a file means that of its own directory, or the tracer's.
mapfile -t includes < <(find shim -type d ! -path shim/exec | sort -r)

# silent COMMAND...: succeeds and prints nothing.
silent() {
	"$@" >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	cat "$out"
	[ ! -s "$out" ]
}

# nothing_matches PATTERN FILE...
nothing_matches() {
	local status=0
	grep -nHE "$@" || status=$?
	[ "$status" -eq 1 ]
}
lines_fit() {
	local file
	for file in "${code[@]}"; do
		expand -t 8 "$file" | awk -v file="$file" '
			length > 100 { print file ":" NR ": " length " columns" }'
	done >"$WORK/long"
	cat "$WORK/long"
	[ ! -s "$WORK/long" ]
}
# The licence, then a description of the file.
headed() {
	local file
	for file in "${code[@]}"; do
		case $(head -n 2 "$file") in
		'/* SPDX-License-Identifier: MIT */'$'\n'/[*/]*) ;;
		*)
			echo "$file"
			return 1
			;;
		esac
	done
}
check 'C: no line has more than 100 columns' lines_fit
check 'C: indentation is by tabs' nothing_matches '^ +[^ *]' "${code[@]}"
check 'C: each file begins with its licence and a description' headed
# Nobody notices when such a sentence becomes wrong; the include lines show the callers.
check 'no comment says who calls it' nothing_matches \
	'(Called|Run|Included|Sourced|Used|Seen) by [A-Za-z*/-]+\.(c|h|sh|py)' "${code[@]}" "${scripts[@]}"
check 'no blanks at the end of lines' nothing_matches $'[ \t]$' "${code[@]}" "${scripts[@]}" Makefile

# Phrases that made texts for users sound foreign, or that nothing defined. Write subject, verb, object;
# "because" for ", for"; "separate" for "of its own"; "exits with 1 if" for "it is a finding".
phrases=(', for (it|they|its|his|what|that|there|nothing|no)\b' '\bis none\b' '\bso far\b'
	'\b[Ww]hat becomes of' '\bof (one.s|its|his|their) own\b' '\bstands\b' '\bwithout a word\b'
	'\bwhether or not it is there\b' '\b(said|told) in one line\b' '\bwere not to be had\b'
	'\bis right\b' '\bmakes? what they like\b' '\bin force\b' '\ba finding\b' '\bas it was\b'
	'\bby chance\b' '\bof the moment\b' '\bprivileges of\b' '\bbehind (its|his|the file)\b'
	'\bgoes straight through\b' '\bunserved\b')
plain_english() {
	local texts
	mapfile -t texts < <(files '\./([A-Z]+\.md|config/(man|system|examples)/.*|config/privmap\.conf|integration/results/[A-Z]+\.md)')
	[ ${#texts[@]} -gt 20 ] && nothing_matches "$(IFS='|'; echo "${phrases[*]}")" "${texts[@]}"
}
check 'texts for users: plain English' plain_english

check 'shellcheck' silent shellcheck -x "${scripts[@]}"
# Without the directory of our spawn.h, which would be found for <spawn.h>.
searched=()
for directory in "${includes[@]}"; do
	[ "$directory" = shim/privmapctl/patch ] || searched+=("$directory")
done
check 'cppcheck' silent cppcheck -q --std=c11 --enable=warning,performance,portability \
	--suppress=nullPointerArithmeticRedundantCheck --inline-suppr --error-exitcode=1 \
	-D_GNU_SOURCE -D__LP64__ "${searched[@]/#/-I}" shim

# Without the analyzer's checks: the analyzer does not see what a system call writes.
tidy() {
	local checks='-*,bugprone-*,misc-*,performance-*,portability-*'
	checks+=',-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier'
	checks+=',-misc-no-recursion,-performance-no-int-to-ptr'
	checks+=',-misc-include-cleaner,-bugprone-assignment-in-if-condition' # only in later versions
	clang-tidy --quiet --warnings-as-errors='*' --checks="$checks" "${sources[@]}" -- \
		-std=gnu11 -D_GNU_SOURCE '-DPRIVMAP_VERSION="0"' "${includes[@]/#/-iquote}" 2>"$err"
}
check 'clang-tidy' silent tidy

# compiles CC CFLAGS TARGET...: with all warnings as errors. make prints only what it makes.
compiles() {
	local compiler=$1 flags=$2
	shift 2
	make -s BUILD="$WORK/build" CC="$compiler" CFLAGS="$flags" WERROR=-Werror "$@" 2>&1 | grep -vE '^  (CC|LD|AR) '
	return "${PIPESTATUS[0]}"
}
for compiler in gcc clang; do
	check "$compiler, tests and all: no warning" compiles "$compiler" -O2 objects
done
# Without loader-memory.c: the analyzer takes blocks that this malloc returns for leaks.
analyzed=()
for source in "${sources[@]}"; do
	[ "$source" = shim/rulefile/loader-memory.c ] || analyzed+=("$WORK/build/obj/${source%.c}.o")
done
check 'gcc -fanalyzer' compiles gcc '-O1 -fanalyzer' "${analyzed[@]}"
t_end
