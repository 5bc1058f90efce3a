#!/bin/bash
# SPDX-License-Identifier: MIT
# No program notices privmap: each case of the conformance suite (conform/) gives the same answer as
# on an ordinary disk without privmap, or the one in conform/differences; converted and buffered, by
# either engine.
#	conformance.sh [MODE]... [TOPIC | TOPIC.CASE]	all of it, or only these
#	conformance.sh --manual				the differences, as privmap-differences(7) lists them
#	conformance.sh --answers MODE [ARG...]		a mode's answers; ARGs are for the program
# TEST_RUNTIME: a library to preload first in all modes (tests/house/sanitizers.sh).
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../conform/differences.sh
. "$TOP/integration/conform/differences.sh"

conform=$BUILD/integration/conform
conform_static=$BUILD/integration/conform-static
modes='converted buffered shared always traced traced-buffered'
# On x86_64, if the build had Zydis (Debian: libzydis-dev).
[ ! -s "$BUILD/zydis" ] || modes+=' patched patched-buffered'
# Modes where private mappings are refused as well: for cases of these only.
private_modes='refused traced-refused traced-asked'

# --- the known differences ---

# Every line is a known key in a section; each section is complete and differs.
differences_are_well_formed() {
	local name mode lines some
	awk '/^#/ || /^$/ || /^\[[a-z.-]+\]$/ { next }
		!/^(what|disk|converted|buffered|shared|always|traced|traced-buffered|reason): ./ { print FILENAME ":" FNR ": " $0; bad = 1 }
		END { exit bad }' "$differences" || return 1
	if known_cases | sort | uniq -d | grep .; then
		echo '... is there twice'
		return 1
	fi
	for name in $(known_cases); do
		some=
		[ -n "$(known what "$name")" ] && [ -n "$(known reason "$name")" ] || some=lacks
		for mode in $modes; do
			lines=$(known "$mode" "$name")
			[ -n "$some" ] || [ -z "$lines" ] || some=1
			# The tracer sees more than a library: some of its answers are those of a
			# disk.
			[ "$lines" != "$(known disk "$name")" ] || [ "$mode" = traced ] || some=none
		done
		if [ "$some" != 1 ] || ! grep -qxF "$name" "$WORK/cases"; then
			echo "$name: no such case, what or reason is missing, or no difference"
			return 1
		fi
	done
}

# answer_of KEY CASE: joins its lines into one.
answer_of() {
	known "$1" "$2" | paste -s -d ';' | sed 's/;/; /g'
}

# Wraps text for mdoc(7): each sentence begins a line, and no line is long.
wrapped() {
	sed 's/\. \([A-Zp]\)/.\n\1/g' | fold -s -w 76 | sed "s/ *\$//; s/^[.']/\\\\\&&/"
}

# Prints the differences for privmap-differences(7).
manual() {
	local name key text
	local -A called=([disk]='On a disk' [converted]='Converted' [buffered]='Copied')
	for name in $(known_cases); do
		echo ".It \"$(known what "$name")\""
		for key in disk converted buffered; do
			text=$(answer_of "$key" "$name")
			echo "${called[$key]}: ${text:-as on a disk}." | wrapped
			[ "$key" = buffered ] || echo .br
		done
		echo .br
		known reason "$name" | wrapped
	done
}

if [ "${1:-}" = --manual ]; then
	manual
	exit 0
fi

# --- the places ---

mkdir "$WORK/source" "$WORK/rules"
make_disk # or FUSE that refuses nothing
mount_refusing "$WORK/source" "$WORK/mount"
mount_refusing "$WORK/program-source" "$WORK/program" --cached
cp "$conform_static" "$WORK/program"
# The first rule matches nothing here, but each case looks it up.
for action in private buffer; do
	echo "rules = ( { git = true; action = \"leave\"; }," \
		"{ action = \"$action\" } ); buffer = { memory = \"256M\"; };"
done >"$WORK/rules/all"
sed -n 1p "$WORK/rules/all" >"$WORK/rules/converted"
sed -n 2p "$WORK/rules/all" >"$WORK/rules/buffered"
cp "$WORK/rules/buffered" "$WORK/rules/shared"
cp "$WORK/rules/buffered" "$WORK/rules/traced-buffered"
for mode in traced-shared patched-buffered $private_modes; do
	cp "$WORK/rules/buffered" "$WORK/rules/$mode"
done
cp "$WORK/rules/converted" "$WORK/rules/traced"
cp "$WORK/rules/converted" "$WORK/rules/patched"
{ echo 'when = "always";' && cat "$WORK/rules/buffered"; } >"$WORK/rules/always"

# A patched program reads rules in their compiled form only.
patch_it() {
	local mode
	[ ! -e "$WORK/patched" ] || return 0
	for mode in patched patched-buffered; do
		"$BUILD/privmapctl" compile "$WORK/rules/$mode" >/dev/null
	done
	cp "$conform_static" "$WORK/patched"
	"$BUILD/privmapctl" patch "$WORK/patched" >/dev/null
}

# in_mode MODE ARG...: runs the program in that mode, in a new directory, with a noexec mount next
# to it (root only), which only the program sees.
in_mode() {
	local mode=$1 place=$disk variables=() program=("$conform")
	shift
	case $mode in
	*refused | traced-asked) ;;
	converted | buffered | shared | traced* | patched*) place=$WORK/mount ;;
	esac
	case $mode in *shared) set -- --settle "$@" ;; esac
	[ -z "${TEST_RUNTIME:-}" ] || variables=("LD_PRELOAD=$TEST_RUNTIME")
	case $mode in
	disk) ;;
	traced-asked)
		# A filter stops the program, and a library makes the file look refused to the
		# tracer. The tracer would not ask on the mount of the program.
		variables=(LD_PRELOAD="$BUILD/integration/refusers/preload/private.so"
			WORLD_FILESYSTEM=selfowner WORLD_REFUSES=1)
		program=("$BUILD/privmap" --engine trace --config "$WORK/rules/$mode" "$WORK/program/${conform_static##*/}") ;;
	traced*) program=("$BUILD/privmap" --engine trace --config "$WORK/rules/$mode" "$conform_static") ;;
	patched*)
		patch_it
		variables=("PRIVMAP_CONFIG=$WORK/rules/$mode")
		program=("$WORK/patched") ;;
	*) variables=("PRIVMAP_CONFIG=$WORK/rules/$mode"
		"LD_PRELOAD=${TEST_RUNTIME:-} $BUILD/libprivmap.so") ;;
	esac
	new_place "$place"
	case $mode in *refused)
		program=("$BUILD/integration/refusers/mmapworld" --refuse private --below "$place/cases" --
			env "${variables[@]}" "${program[@]}")
		variables=() ;;
	esac
	run_at "$place" "${variables[@]}" "${program[@]}" "$@"
}

if [ "${1:-}" = --answers ]; then
	in_mode "${@:2}"
	exit 0
fi

chosen='' only=()
for word; do
	case " $modes $private_modes " in
	*" $word "*) chosen="$chosen $word" ;;
	*) only=(--only "$word") ;;
	esac
done
"$conform" --list "${only[@]}" >"$WORK/cases"

# --- the answers ---

# answers_alike MODE: one test for each case.
answers_alike() {
	local mode=$1 name
	check "$mode: runs, and nothing on stderr" runs "$mode" "$mode"
	while read -r name; do
		# The engine in a patched program does not notice that another thread forks
		# (SECURITY.md).
		case $mode,$name in patched*,descriptors.forked-meanwhile) continue ;; esac
		if [ "$name" = access.noexec ] && [ -n "$no_namespace" ]; then
			skip "$mode: $name" "$no_namespace"
		else
			judge "$mode" "$name"
		fi
	done <"$WORK/cases"
}

# shows MODE PATTERN [OPTION]: the kernel shows a mapping of that kind.
shows() {
	local mode=$1 pattern=$2 kind
	shift 2
	kind=$(in_mode "$mode" "${@:---kind}") || return 1
	echo "$kind"
	# shellcheck disable=SC2254 # a pattern is what is wanted
	case $kind in $pattern) ;; *) return 1 ;; esac
}

page_lists_them() {
	sed -n '/^\.\\" conformance.sh --manual writes this/,/^\.\\" to here/p' "$TOP/config/man/privmap-differences.7" |
		sed '1d;$d' | diff -u --label privmap-differences.7 --label 'conformance.sh --manual' - <(manual)
}

if [ -n "$chosen$*" ]; then
	case ${only[1]:-} in private | private.*) modes+=" $private_modes" ;; esac
	modes=${chosen:-$modes}
	check 'disk: runs, and nothing on stderr' runs disk disk
	for mode in $modes; do
		answers_alike "$mode"
	done
	t_end
fi
check 'disk: the mapping is of the file, shared' shows disk 'r--s file, twice the same'
check 'converted: it is of the file, private' shows converted 'r--p file, twice the same'
check 'buffered: it is of a copy in memory, shared' shows buffered 'r--s /memfd:*'
check 'shared: two mappings share a copy' shows shared 'r--s /memfd:*, twice the same'
check 'always: it is of a copy, on the disk' shows always 'r--s /memfd:*'
check 'traced: it is of the file, private' shows traced 'r--p file, twice the same'
check 'traced-buffered: it is of a copy in memory, shared' shows traced-buffered 'r--s /memfd:*'
if [ -s "$BUILD/zydis" ]; then
	check 'patched: it is of the file, private' shows patched 'r--p file, twice the same'
	check 'patched-buffered: it is of a copy in memory, shared' shows patched-buffered 'r--s /memfd:*'
fi
check '  of files left alone, two mappings share a copy' shows traced-shared 'r--s /memfd:*, twice the same'
check 'disk: a private mapping is of the file' shows disk 'rw-p file, twice the same' --private-kind
check 'refused: it is of a copy' shows refused 'rw-p /memfd:*' --private-kind
for mode in traced-refused traced-asked; do
	check "$mode: two share a copy" shows $mode 'rw-p /memfd:*, twice the same' --settle --private-kind
done
check 'disk: runs, and nothing on stderr' runs disk disk
check 'disk: each case can be run' each_case_has_run
check 'disk: a second run answers alike' runs disk again
check '  in every line' diff -u "$WORK/disk.out" "$WORK/again.out"
check 'the list of known differences is well formed' differences_are_well_formed
check 'privmap-differences(7) lists them (conformance.sh --manual)' page_lists_them
for mode in $modes; do
	answers_alike "$mode"
done
only=(--only private)
"$conform" --list "${only[@]}" >"$WORK/cases"
for mode in $private_modes; do
	answers_alike "$mode"
done
t_end
