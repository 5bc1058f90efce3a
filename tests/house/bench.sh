#!/bin/bash
# SPDX-License-Identifier: MIT
# Tests make bench: variants take turns, figures follow from the samples, a slower revision shows;
# and the report, its plots and the README agree with the kept figures. It measures nothing itself.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

bench=$TOP/integration/bench
turns=$BUILD/integration/bench/turns
cd "$WORK"

# --- turns ---

# Each of the three runs once in a round, and the first round does not count.
take_turns() {
	"$turns" rounds=20 turn : a sh -c 'echo a >>order' : b sh -c 'echo b >>order' : c sh -c 'echo c >>order' \
		>samples || return
	[ "$(wc -l <order)" -eq 63 ] && [ "$(paste -d '' - - - <order | fold -w 1 | sort | uniq -c | xargs)" = '21 a 21 b 21 c' ] &&
		[ "$(paste -d '' - - - <order | grep -cE 'a.*b.*c|a.*c.*b|b.*a.*c|b.*c.*a|c.*a.*b|c.*b.*a')" -eq 21 ] &&
		[ "$(paste -d '' - - - <order | sort -u | wc -l)" -gt 3 ] &&
		[ "$(grep -c $'^sample\tturn/' samples)" -eq 60 ]
}
measures_time() {
	"$turns" rounds=3 turn : slow sleep 0.2 : fast true >samples &&
		awk '$2 == "turn/slow" && $4 >= 0.2 && $4 < 2 { slow++ } $2 == "turn/fast" && $4 < 0.2 { fast++ }
			END { exit !(slow == 3 && fast > 0) }' samples
}
sets_variables() {
	WHAT=3 "$turns" reports rounds=1 turn : one WHAT=1 sh -c 'printf "value\t$WHAT\n"' : three sh -c 'printf "value\t$WHAT\n"' |
		sort >samples && diff - samples <<-'END'
			sample	turn.value/one	0	1
			sample	turn.value/three	0	3
		END
}
removes() {
	mkdir -p gone/below &&
		"$turns" rounds=2 remove=gone turn : a sh -c '[ ! -e gone ] && mkdir -p gone/below && echo x >gone/below/file' &&
		[ ! -e gone ]
}
check 'variants take turns, in random order' take_turns
check '  the time that they take is reported' measures_time
check '  each has its own environment' sets_variables
check '  their files are removed before each' removes
check_fails '  one that fails is no figure' "$turns" rounds=3 turn : a true : b false
check_fails '  nor is one that reports nothing' "$turns" rounds=3 reports turn : a true
check_fails '  nor a missing program' "$turns" rounds=3 turn : a /no/such/program

# --- figures ---

# A made-up topic: this tree takes 1.1 times as long as the other, in rounds of very different
# length, and 3 ms longer than the base, which lacks one round.
samples() {
	printf '%s\t%s\t%s\n' topic known 'Known figures'
	printf '%s\t%s\t%s\t%s\n' plot ratio times 'How long does it take?'
	awk 'BEGIN {
		for (round = 0; round < 100; round++) {
			base = 0.010 + round % 7 * 0.01
			printf "sample\ttime/privmap@against\t%d\t%.9f\n", round, base
			printf "sample\ttime/privmap\t%d\t%.9f\n", round, base * (1.09 + round % 3 * 0.01)
			printf "sample\ttime/same@against\t%d\t%.9f\n", round, base
			printf "sample\ttime/same\t%d\t%.9f\n", round, base * (0.9 + round % 3 * 0.1)
			if (round != 50)
				printf "sample\ttime/base\t%d\t%.9f\n", round, base * (1.09 + round % 3 * 0.01) - 0.003
		}
		for (round = 0; round < 3; round++)
			printf "sample\tcount/privmap\t%d\t%d\n", round, 7
	}'
	printf 'row\t%s\n' $'ratio met\tratio\t\ttime/privmap\ttime/privmap@against\t1.2' \
		$'ratio short\tratio\t\ttime/privmap\ttime/privmap@against\t1.05' \
		$'speed short\tspeed\t\ttime/privmap\ttime/privmap@against\t0.95' \
		$'extra\textra\tms\ttime/privmap\ttime/base\t0.002' \
		$'count\tvalue\tpages\tcount/privmap\t\t7' \
		$'nothing\tratio\t\ttime/privmap\ttime/missing\t1'
}
mkdir results
samples >results/known.tsv
printf 'fact\tKernel\tLinux\nfact\tProcessor\tone\n' >results/facts.tsv
figures() {
	"$python" -B "$bench/figures.py" results known >figures.tsv &&
		"$python" -B "$bench/report.py" figures.tsv figures.md plots
}
says_row() {
	grep -E -- "^\| ($1) \|" figures.md | tail -n 1 >row && cat row && grep -qE -- "$2" row
}
check 'figures and a report are made of samples' figures
check '  a ratio is the median over the rounds' says_row 'ratio met' '\| 1\.100 \|.* 100 \| ≤ 1\.2: met \|$'
check '  a goal that is not reached' says_row 'ratio short' '≤ 1\.05: \*\*short\*\* \|$'
check '  a speed is the other way round' says_row 'speed short' '\| 0\.909 \|.*≥ 0\.95: \*\*short\*\* \|$'
check '  a difference, of the rounds that both have' says_row extra '\| \+3 ms \|.* 99 \| ≤ \+2 ms: \*\*short\*\* \|$'
check '  a count' says_row count '\| 7 pages \|.*≤ 7 pages: met \|$'
check '  a goal that was not measured is not met' says_row nothing '\| not measured \|'
check '  the quartiles are those of the rounds' says_row 'ratio met' ' 1\.090 – 1\.110 '
check 'a slower revision shows' says_row 'Known figures \| time, privmap' '\| 1\.100 \|.*\*\*slower\*\* \|$'
check '  one that is not, in much noise, does not' says_row 'Known figures \| time, same' '100 \|  \|$'
well_formed() {
	"$python" -c 'import sys, xml.dom.minidom
for name in sys.argv[1:]: xml.dom.minidom.parse(name)' "$@"
}
check 'a plot is drawn' well_formed plots/known.svg
check '  which asks a question, has an axis and a background' sh -c 'grep -q ">How long does it take?</text>" "$0" &&
	grep -q ">times</text>" "$0" && grep -q "<rect .*fill=\"#ffffff\"" "$0" &&
	grep -qF "![Plot: How long does it take? Its values are in the table below.]" figures.md' plots/known.svg

# --- the kept figures ---

kept=$TOP/integration/results/BENCH.tsv
same_report() {
	mkdir -p again && "$python" -B "$bench/report.py" "$kept" again/BENCH.md again/plots &&
		diff -u again/BENCH.md "$TOP/integration/results/BENCH.md" && diff -r again/plots "$TOP/integration/results/plots"
}
same_readme() {
	cp "$TOP/README.md" README.md && "$python" -B "$bench/readme.py" "$kept" README.md &&
		diff -u "$TOP/README.md" README.md
}
# They include each topic that is measured by default.
whole() {
	diff <(sed -n 's/^topics=(\(.*\))/\1/p' "$TOP/integration/bench.sh" | xargs -n 1) \
		<(awk -F '\t' '$1 == "topic" { print $2 }' "$kept")
}
# Some topics are measured only when named; only then are their plots made.
questions() {
	! grep -n '^plot ' "$TOP"/integration/bench/*.sh | grep -vE "plot [a-z]+ '[^']+' '[^']+\?'$"
}
check 'each plot has an axis and a question' questions
check 'BENCH.md and its plots agree with BENCH.tsv' same_report
check '  of all topics' whole
check '  and so is the README' same_readme
check '  the plots are well-formed' well_formed "$TOP"/integration/results/plots/*.svg
t_end
