# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The functions by which a topic of make bench describes its measurements and results. bench.sh
# sources the topics after this file. $RESULTS/TOPIC.tsv gets everything; figures.py makes figures
# of it.

# note WORD...: writes a line, with tabs between the words.
note() {
	local IFS=$'\t'
	printf '%s\n' "$*" >>"$RAW"
}

# topic NAME TITLE: begins a topic.
topic() {
	RAW=$RESULTS/$1.tsv
	: >"$RAW"
	note topic "$1" "$2"
}

# text: a paragraph of the report, from stdin.
text() {
	note text "$(paste -s -d ' ')"
}

# plot KIND AXIS QUESTION: the topic's plot shows rows of that kind, or lines ("points"), and
# answers that question.
plot() {
	note plot "$@"
}

# --- variants to run in turn ---

variants=()

# variant NAME [NAME=VALUE]... COMMAND [ARG]...
variant() {
	variants+=(: "$@")
}

# ours NAME ...: the same with files of privmap, below @/: those of this tree, and with AGAINST also
# those of the other revision, as NAME@against. %/ has the prepared files of each.
ours() {
	local words
	words=("${@//@\//$BUILD/}")
	variant "${words[@]//%\//$WORK/this/}"
	[ -n "$OTHER" ] || return 0
	words=("${@//@\//$OTHER/}")
	words=("${words[@]//%\//$WORK/against/}")
	variant "$1@against" "${words[@]:1}"
}

# prepare COMMAND...: once for each revision, in the directory %/.
prepare() {
	local words
	mkdir -p "$WORK/this"
	words=("${@//@\//$BUILD/}")
	"${words[@]//%\//$WORK/this/}"
	[ -n "$OTHER" ] || return 0
	mkdir -p "$WORK/against"
	words=("${@//@\//$OTHER/}")
	"${words[@]//%\//$WORK/against/}"
}

# run SECONDS [SETTING...] MEASURE: runs the variants, and forgets them. With QUICK, it takes a
# tenth of the time; with another revision longer, because of more variants.
run() {
	local seconds=$1 settings=()
	[ -z "$OTHER" ] || seconds=$(awk "BEGIN { print $seconds * 1.6 }")
	[ -z "$QUICK" ] || seconds=$(awk "BEGIN { print $seconds / 10 }") settings=(least=1)
	progress "${RAW##*/}: ${*: -1}"
	"$BUILD/integration/bench/turns" seconds="$seconds" "${settings[@]}" "${@:2}" "${variants[@]}" >>"$RAW"
	variants=()
}

# run_calls OPERATION THREADS: the same for bench/calls.c, which reports values itself.
run_calls() {
	local settings=(reports)
	[ "$2" != 1 ] || settings+=(pin)
	run 4 "${settings[@]}" "$1-$2"
}

# --- files for several topics; made for the first one that needs them ---

# 100 rules, %/text.conf, and compiled, %/compiled.conf. The last one is for git's storage.
with_rules() {
	[ ! -e "$WORK/this/text.conf" ] || return 0
	prepare as_text %/text.conf
	prepare compiled @/privmapctl %/compiled.conf
}

as_text() {
	local n
	{
		echo 'rules = ('
		for n in {1..99}; do
			echo "  { path = [ \"/srv/data-$n/*\", \"*.part-$n\" ]; action = \"private\" },"
		done
		echo '  { path = "*/objects/*"; action = "private" } );'
	} >"$1"
}

compiled() {
	as_text "$2"
	"$1" compile "$2" >"$out"
}

# $WORK/mount refuses shared mappings of files in $WORK/source.
refusing_mount() {
	mounted "$WORK/mount" || mount_refusing "$WORK/source" "$WORK/mount"
}

# Serves $GITURL/x.git for cloning: a small one, where our cost weighs more, in more rounds.
served_repository() {
	local size=--small
	[ ! -e "$WORK/served" ] || return 0
	[ -z "$QUICK" ] || size=--tiny
	"$TOP/integration/lib/repository.sh" "$size" "$WORK/served"
	serve_repositories "$WORK/served"
}

# --- rows of the report; a KEY is MEASURE/VARIANT, a GOAL may be "" ---

# ratio LABEL KEY BASE GOAL [UNIT]: KEY is at most GOAL times BASE, in times or in UNIT.
ratio() {
	note row "$1" ratio "${5:-}" "$2" "$3" "$4"
}

# speed LABEL KEY BASE GOAL: KEY is at least GOAL times as fast as BASE.
speed() {
	note row "$1" speed '' "$2" "$3" "$4"
}

# extra LABEL KEY BASE GOAL UNIT: KEY is at most GOAL more than BASE.
extra() {
	note row "$1" extra "$5" "$2" "$3" "$4"
}

# value LABEL KEY GOAL UNIT: KEY is at most GOAL.
value() {
	note row "$1" value "$4" "$2" '' "$3"
}

# point SERIES X KEY UNIT: of a plot of lines, and of the table that goes with it.
point() {
	note point "$@"
}

# cell ROW COLUMN KEY UNIT: of a table of medians.
cell() {
	note cell "$@"
}
