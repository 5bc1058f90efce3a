# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# by-dulwich.sh WHEELS PACKAGE COMMAND: a program in Python that reads git by way of dulwich, a row of the
# matrix: PACKAGE is what PyPI calls it, WHEELS what pypi.sh calls its venv. The files of matrix/ that
# source it say what it does.
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
