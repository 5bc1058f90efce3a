#!/bin/bash
# SPDX-License-Identifier: MIT
# No program notices when it executes others: each case of the conformance suite of exec (execs/)
# gives the same answer with both libraries preloaded as without them, or the one in
# execs/differences. The library only looks at programs that no library reaches (a profile), or
# hands them over to the tracer (named in a rule file, and under privmap).
#	exec.sh [MODE]... [TOPIC | TOPIC.CASE]	all of it, or only these; the mode again: without the
#						libraries once more, to see what differs by itself
#	exec.sh --answers MODE [ARG...]		a mode's answers; ARGs are for the program
# TEST_RUNTIME: a library to preload first in all modes (tests/house/sanitizers.sh).
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
differences=$TOP/integration/execs/differences
# shellcheck source-path=SCRIPTDIR source=../conform/differences.sh
. "$TOP/integration/conform/differences.sh"

CC=${CC:-cc}
execs=$BUILD/integration/execs
modes='profile named command'

# --- the places ---

make_disk
chmod 711 "$WORK" "$disk" # the user nobody runs programs there
mkdir "$disk/targets"

# built NAME COMPILER [OPTION...]: makes a target of tells.c, if it can be built here.
built() {
	local name=$1
	shift
	"$@" -D_GNU_SOURCE -o "$disk/targets/$name" "$TOP/integration/programs/tells.c" 2>"$err" ||
		progress "there is no $name: $(head -n 1 "$err")"
}
cp "$BUILD/integration/programs/tells" "$disk/targets/dynamic"
cp "$BUILD/integration/programs/tells-static" "$disk/targets/static"
cp "$BUILD/integration/bench/empty.so" "$disk/targets"
built pie "$CC" -static-pie
built go "$CC" -static -DGO
built cgo "$CC" -DGO
built musl musl-gcc
# Ends with the number of its arguments. More would need headers.
"$CC" -m32 -static -nostdlib -o "$disk/targets/narrow" -x assembler - 2>"$err" <<-'END' ||
	.globl _start
	_start: mov (%esp), %ebx
	mov $1, %eax
	int $0x80
	.section .note.GNU-stack, "", @progbits
END
	progress "there is no program for i386: $(head -n 1 "$err")"
echo 'trace = [ "*" ];' >"$WORK/named.conf"
echo 'trace = [ ];' >"$WORK/profile.conf"

no_others=$(no_other_users) || no_others=

# in_mode MODE ARG...: runs the program in that mode, in a new directory, with a noexec mount next
# to it (root only), which only the program sees.
in_mode() {
	local mode=$1 program=("$execs") variables=() world
	shift
	[ -z "${TEST_RUNTIME:-}" ] || variables=("LD_PRELOAD=$TEST_RUNTIME")
	case $mode in
	profile | named) variables=("PRIVMAP_CONFIG=$WORK/$mode.conf"
		"LD_PRELOAD=${TEST_RUNTIME:-} $BUILD/libprivmap.so $BUILD/libprivmap-exec.so") ;;
	command) program=("$BUILD/privmap" "$execs") ;;
	faults) # like privmap, but calls of the library fail (exec-faults.sh)
		read -ra world <<<"${WORLD:-}"
		program=("$BUILD/integration/refusers/mmapworld" --of libprivmap-exec.so "${world[@]}" --
			env PRIVMAP_CHILDREN=1 "LD_PRELOAD=$BUILD/libprivmap.so $BUILD/libprivmap-exec.so" "$execs")
		;;
	esac
	new_place "$disk"
	run_at "$disk" "${variables[@]}" "${program[@]}" "$@"
}

if [ "${1:-}" = --answers ]; then
	in_mode "${@:2}"
	exit 0
fi

chosen='' only=()
for word; do
	case " again $modes " in
	*" $word "*) chosen="$chosen $word" ;;
	*) only=(--only "$word") ;;
	esac
done
"$execs" --list "${only[@]}" >"$WORK/cases"

# --- the answers ---

check 'disk: runs, and nothing on stderr' runs disk disk
check 'disk: each case can be run' each_case_has_run
for mode in ${chosen:-$modes}; do
	check "$mode: runs, and nothing on stderr" runs "$mode" "$mode"
	while read -r name; do
		# Another user asks for no_new_privs only where privmap traces it.
		if [ "$name" = kept.nobody ] && [ -n "$no_others" ]; then
			skip "$mode: $name" "$no_others"
		else
			judge "$mode" "$name"
		fi
	done <"$WORK/cases"
done
t_end
