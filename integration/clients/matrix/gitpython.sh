# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# GitPython with GitDB, which reads packs in Python, through smmap: the log, a tree, every object.
# Judged by git's log, ls-tree and cat-file.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets, reads and calls them

TITLE='GitPython with GitDB (smmap)'
GROUP=git
MAPS='each pack and its index, in windows of up to 1 GiB, PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='No such device'
TOUCHED=yes

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" gitpython) &&
		VERSION=$("$PROGRAM" -c '
import git, gitdb, smmap
print(git.__version__, *["%s %d.%d.%d" % (m.__name__, *m.version_info) for m in (gitdb, smmap)])')
}

job() {
	git clone --quiet "$URL" clone &&
		run "$PROGRAM" -W ignore::DeprecationWarning "$TOP/integration/clients/gitpython-jobs.py" clone >got
}

judge() {
	reads_as_git clone got
}
