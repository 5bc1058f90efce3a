# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# by-dulwich.sh WHEELS PACKAGE COMMAND: a program in Python that reads git through dulwich, a row of
# the matrix. PACKAGE is its name in PyPI, WHEELS the name of its venv in pypi.sh. The files of
# matrix/ that source this describe its job.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets, reads and calls them
WHEELS=$1 PACKAGE=$2 COMMAND=$3
MAPS='packs and their indexes: PROT_READ, MAP_SHARED, O_RDONLY'
GUEST=none
NOTE='dulwich reads what it cannot map'

install() {
	local python
	python=$("$TOP/integration/clients/pypi.sh" "$WHEELS") && PROGRAM=("$python" "${python%/*}/$COMMAND") &&
		VERSION=$("$python" -c "from importlib.metadata import version
print(version('$PACKAGE'), 'dulwich', version('dulwich'))")
}
