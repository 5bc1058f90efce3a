#!/bin/bash
# SPDX-License-Identifier: MIT
# The runner notices a test program that fails, dies, hangs or prints nothing, and counts the good
# ones.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../../integration/lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../integration/lib/lib.sh"

cd "$WORK"

# program NAME: makes it from the shell text on stdin.
program() {
	{ echo '#!/bin/bash'; cat; } >"$1"
	chmod +x "$1"
}

# runs STATUS LAST-LINE SAID PROGRAM...: the runner ends with STATUS and LAST-LINE, and has printed
# SAID (a pattern; "": only one line for each program).
runs() {
	local want=$1 last=$2 said=$3 status=0 program
	shift 3
	"$TOP/tests/run" "$@" >out 2>&1 || status=$?
	cat out
	[ "$status" -eq "$want" ] || return 1
	[ "$(tail -n 1 out)" = "$last" ] || return 1
	for program; do
		[ "$(grep -cE "^(ok  |FAIL) $program " out)" -eq 1 ] || return 1
	done
	if [ -n "$said" ]; then
		grep -qE "^ +$said$" out
	else
		[ "$(wc -l <out)" -eq $(($# + 1)) ]
	fi
}

program ./good <<<'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2'
program ./plan-first <<<'echo 1..1; echo "ok 1 - a # with a hash"; echo chatter; echo chatter >&2'
program ./groups <<<'echo 1..1; echo "ok 1 a"; echo 1..2; echo "ok 1 b"; echo "ok 2 c"'
check 'programs that pass' runs 0 '6 passed, 0 failed' '' ./good ./plan-first ./groups

program ./fails <<-'END'
	echo 'ok 1 - a'
	echo 'not ok 2 - b'
	echo '# because'
	echo 1..2
	exit 1
END
check 'a test that fails' runs 1 '3 passed, 1 failed' 'not ok: b' ./good ./fails
check '  with its details' runs 1 '1 passed, 1 failed' '# because' ./fails

program ./skips <<-'END'
	echo 'ok 1 - a # SKIP no b here'
	echo 'not ok 2 # skip c' # some cmockas
	echo 'ok 3 - d'
	echo 1..3
END
check 'skipped tests, with the reason' \
	runs 0 '1 passed, 0 failed, 2 skipped' 'skipped: a: no b here' ./skips
too_late() {
	TEST_UNTIL=$EPOCHSECONDS "$TOP/tests/run" ./good ./fails >out 2>&1 || return
	cat out
	[ "$(cat out)" = "skip ./good                       no time is left
skip ./fails                      no time is left
0 passed, 0 failed, 2 skipped" ]
}
check 'programs that would begin too late' too_late
check '  only those' env TEST_UNTIL=$((EPOCHSECONDS + 3600)) "$TOP/tests/run" ./good
program ./skips-all <<<'echo "1..0 # SKIP no e here"'
check 'a program that skips all of it' \
	runs 0 '2 passed, 0 failed, 1 skipped' 'skipped: no e here' ./good ./skips-all
check 'nothing but skipped tests is no success' \
	runs 1 '0 passed, 0 failed, 1 skipped' 'skipped: no e here' ./skips-all
check 'no test at all is no success' runs 1 '0 passed, 0 failed' ''

program ./quiet <<<':'
check 'a program that says nothing' \
	runs 1 '2 passed, 1 failed' '.*did not say how many tests.*' ./quiet ./good
program ./too-few <<<'echo 1..3; echo "ok 1 - a"'
check 'fewer tests than planned' runs 1 '1 passed, 1 failed' '.*3 tests were planned, 1 .*' ./too-few
program ./too-many <<<'echo 1..1; echo "ok 1 - a"; echo "ok 2 - b"'
check 'more tests than planned' runs 1 '2 passed, 1 failed' '.*1 tests were planned, 2 .*' ./too-many
program ./status <<<'echo "ok 1 - a"; echo 1..1; echo oops >&2; exit 3'
check 'an exit status that does not fit' runs 1 '1 passed, 1 failed' '.*exit status 3.*' ./status
check '  with its stderr' runs 1 '1 passed, 1 failed' 'oops' ./status
program ./status-0 <<<'echo "not ok 1 - a"; echo 1..1'
check 'failure with exit status 0' runs 1 '0 passed, 2 failed' '.*exit status 0.*' ./status-0
program ./dies <<<'echo "ok 1 - a"; echo 1..1; kill -SEGV $$'
check 'death by a signal' runs 1 '3 passed, 1 failed' '.*died of SIGSEGV after 1 tests' ./dies ./good
program ./bails <<<'echo "ok 1 - a"; echo "Bail out! no more"; exit 1'
check 'a program that gives up' runs 1 '1 passed, 1 failed' 'Bail out! no more' ./bails
check 'a program that is not there' runs 1 '2 passed, 1 failed' '.*exit status 127.*' ./gone ./good
program ./stderr <<<'{ echo 1..1; echo "ok 1 - a"; } >&2'
check 'a program that prints its TAP to stderr' runs 0 '1 passed, 0 failed' '' ./stderr
program ./stdin <<<'cat; echo "ok 1 - a"; echo 1..1'
check 'no program waits for input from a terminal' runs 0 '1 passed, 0 failed' '' ./stdin

# --- the time limit, and ^C ---

# gone FILE...: the processes whose ids are in these files have ended.
gone() {
	local file
	for file; do
		if kill -0 "$(cat "$file")"; then
			return 1
		fi
	done
}

program ./hangs <<-'END'
	trap 'sleep 0.2; echo >cleaned' EXIT
	trap 'exit 1' TERM
	echo 'ok 1 - a'
	sleep 600 & echo $! >child
	sleep 600
END
program ./stubborn <<-'END'
	trap '' TERM
	echo $$ >stubborn-pid
	while :; do sleep 1; done
END

hangs() {
	rm -f cleaned
	TEST_SECONDS=1 runs 1 '3 passed, 1 failed' '.*still running after 1 s, was ended' ./hangs ./good &&
		[ -e cleaned ] && gone child
}

stubborn() {
	TEST_SECONDS=1 TEST_GRACE=1 runs 1 '0 passed, 1 failed' '.*still running after 1 s.*' \
		./stubborn && gone stubborn-pid
}

# As from a terminal: to the whole group, including make and the shell.
interrupted() {
	local runner status=0
	rm -f cleaned child
	JOBS=1 env --default-signal=INT setsid "$TOP/tests/run" ./hangs ./good >out 2>&1 &
	runner=$!
	until [ -s child ]; do sleep 0.05; done
	kill -INT -- "-$runner"
	wait "$runner" || status=$?
	cat out
	[ "$status" -eq 130 ] && ! grep -q good out && [ -e cleaned ] && gone child
}

# Each waits for the other.
program ./meets <<-'END'
	: >"met.$$"
	for try in {1..1000}; do
		set -- met.*
		[ $# -lt 2 ] || break
		sleep 0.05
	done
	[ $# -ge 2 ] && echo 'ok 1 - met'
	echo 1..1
END
ln -s meets ./meets-too
at_once() {
	rm -f met.*
	JOBS=2 runs 0 '2 passed, 0 failed' '' ./meets ./meets-too
}
one_by_one() {
	rm -f met.*
	# The second program finds the file of the first.
	JOBS=1 runs 1 '1 passed, 1 failed' '.*1 tests were planned, 0 have run.*' ./meets ./meets-too
}
check 'it runs JOBS programs at once' at_once
check '  or one by one' one_by_one

check 'a program that hangs is ended, with all it started, and can clean up' hangs
check 'one that does not listen is killed' stubborn
check '^C ends everything' interrupted
t_end
