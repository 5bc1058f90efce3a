# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gitoxide for Python reads the log. Judged by git log.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='gitoxide for Python (gix)'
GROUP=git
MAPS='packs, indexes: PROT_READ, MAP_PRIVATE'
ALONE=works
TOUCHED=no
NOTE='needs no help, but where private mappings are refused as well'

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" models) &&
		VERSION=$("$PROGRAM" -c 'import gitoxide; print(gitoxide.__version__)')
}

job() {
	git clone --quiet "$URL" clone && run "$PROGRAM" -c '
import gitoxide
for commit in gitoxide.open("clone").commits():
    print(commit.id)' >got
}

judge() {
	[ -s got ] && diff <(git -C clone rev-list HEAD | sort) <(sort got)
}
