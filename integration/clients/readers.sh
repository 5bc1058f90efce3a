# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# readers.sh EXAMPLE FORMAT PACKAGE [WHEELS]: a library of readers-jobs.py, a row of the matrix. It
# makes files on a disk, and reads a copy of them. EXAMPLE names the rules that serve it, FORMAT its
# name in readers-jobs.py, PACKAGE the one in PyPI, WHEELS its venv in pypi.sh (models). Judged by
# what it reads on a disk. The files of matrix/ that source this say what it maps, and its message
# alone.
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
