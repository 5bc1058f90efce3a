# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# readers.sh EXAMPLE FORMAT PACKAGE [WHEELS]: a library of readers-jobs.py, a row of the matrix: what it
# made on a disk it reads from a copy. EXAMPLE is the rules that serve it, FORMAT what readers-jobs.py
# calls it, PACKAGE what PyPI does, WHEELS what pypi.sh calls its venv (models). Judged by what it reads
# on a disk. The files of matrix/ that source it say what it maps, and what it says alone.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets, reads and calls them
FORMAT=$2 PACKAGE=$3 WHEELS=${4:-models}
GROUP=$1 OPTIONS=(--for "$1")
ALONE=fails GUEST=none
jobs=$TOP/integration/clients/readers-jobs.py

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" "$WHEELS") &&
		VERSION=$("$PROGRAM" -c "from importlib.metadata import version; print(version('$PACKAGE'))")
}

job() {
	"$PROGRAM" "$jobs" "$FORMAT" make "$SCRATCH/made" && cp -R "$SCRATCH"/made* . &&
		run "$PROGRAM" "$jobs" "$FORMAT" read made
}

judge() {
	"$PROGRAM" "$jobs" "$FORMAT" read "$SCRATCH/made" >"$SCRATCH/read" && [ -s "$SCRATCH/read" ] &&
		diff "$SCRATCH/read" "$results/out"
}
