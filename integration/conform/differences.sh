# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Judges the answers of the conformance suites by those on a disk, and by the known differences
# (conform/differences). $WORK/MODE.out has the answers of a mode.

differences=${differences:-$TOP/integration/conform/differences}
no_namespace=$(no_mount_namespace) || no_namespace= # why there is no noexec mount

new_place() {
	rm -rf "$1/cases" "$1/noexec"
	mkdir "$1/cases" "$1/noexec"
}
# run_at PLACE [NAME=VALUE]... PROGRAM ARG...: runs it in a new place, with a noexec mount (unless
# $no_namespace is set) that only the program sees.
# shellcheck disable=SC2016,SC2154 # the inner shell's; the suite's
run_at() {
	local place=$1
	shift
	if [ -z "$no_namespace" ]; then
		unshare -m bash -c '
			mount --bind "$1" "$1" && mount -o remount,bind,noexec "$1" || exit 2
			shift
			exec env "$@"' conformance "$place/noexec" "$@" "$place/cases" "$place/noexec"
	else
		env "$@" "$place/cases"
	fi
}

# Lines by mode and case, and by key and case. A process for each look would take longer than all
# cases.
declare -A answer=() difference=()

# add TABLE KEY LINE
add() {
	local -n table=$1
	table[$2]=${table[$2]+${table[$2]}$'\n'}$3
}

read_answers() {
	local line
	while IFS= read -r line; do
		add answer "$1 ${line%%: *}" "${line#*: }"
	done <"$WORK/$1.out"
}

read_differences() {
	local line name=
	while IFS= read -r line; do
		case $line in
		'#'*) ;;
		'['*']') name=${line:1:-1} ;;
		?*) add difference "${line%%: *} $name" "${line#*: }" ;;
		esac
	done <"$differences"
}
read_differences

# runs MODE FILE: runs all cases of the suite that sources this; stderr stays empty.
runs() {
	# shellcheck disable=SC2154 # which cases: the suite's
	in_mode "$1" "${only[@]}" >"$WORK/$2.out" 2>"$WORK/$2.err" || return 1
	read_answers "$2"
	cat "$WORK/$2.err"
	[ ! -s "$WORK/$2.err" ]
}

# A case that could not be set up, or did not end by itself, proves nothing.
each_case_has_run() {
	local name bad=0
	while read -r name; do
		if [ -z "${answer[disk $name]:-}" ]; then
			echo "$name: no answer"
			bad=1
		fi
	done <"$WORK/cases"
	! grep -E 'not true:|^[^ ]+: (cannot be run:|died of (SIGALRM|SIGABRT))' "$WORK/disk.out" && [ "$bad" -eq 0 ]
}

# known KEY CASE: prints the lines of that key.
known() {
	[ -z "${difference[$1 $2]:-}" ] || printf '%s\n' "${difference[$1 $2]}"
}

known_cases() {
	sed -n 's/^\[\(.*\)\]$/\1/p' "$differences"
}

# expect MODE CASE: sets want to its known answer, if there is a difference.
expect() {
	want=${difference[$1 $2]:-}
	case $1 in
	shared | always | *-buffered | *refused) want=${want:-${difference[buffered $2]:-}} ;;
	named) want=${want:-${difference[command $2]:-}} ;;
	# Neither of these engines is limited to the calls of a library.
	patched) want=${difference[traced $2]:-${difference[converted $2]:-}} ;;
	traced) want=${want:-${difference[converted $2]:-}} ;;
	esac
}
# expected MODE CASE: prints it.
expected() {
	local want
	expect "$@"
	[ -z "$want" ] || printf '%s\n' "$want"
}

# answers FILE CASE
answers() {
	awk -v start="$2: " 'index($0, start) == 1 { print substr($0, length(start) + 1) }' \
		"$WORK/$1.out"
}

# equal TEXT WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "$(diff -U 2 --label wanted --label got \
			<(printf '%s\n' "$2") <(printf '%s\n' "$3"))"
	fi
}

# judge MODE CASE: the answer is that of the disk, or the known one; the known answer on a disk must
# be true as well.
judge() {
	local mode=$1 name=$2 want
	local on_disk=${answer[disk $name]:-} got=${answer[$mode $name]:-}
	expect "$mode" "$name"
	if [ -z "$want" ]; then
		equal "$mode: $name" "$on_disk" "$got"
	elif [ "$on_disk" != "${difference[disk $name]:-}" ]; then
		equal "$mode: $name: conform/differences is right about the disk" \
			"${difference[disk $name]:-}" "$on_disk"
	else
		equal "$mode: $name: differs as documented" "$want" "$got"
	fi
}
