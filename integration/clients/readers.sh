# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A library of readers-jobs.py, a row of the matrix: what it made on a disk it reads from a copy. FORMAT
# is what readers-jobs.py calls it, PACKAGE what PyPI does, EXAMPLE the rules that serve it,
# WHEELS what pypi.sh calls its venv (models). Judged by what it reads on a disk.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets, reads and calls them
GUEST=none
OPTIONS=(--for "$EXAMPLE")
jobs=$TOP/integration/clients/readers-jobs.py

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" "${WHEELS:-models}") &&
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
