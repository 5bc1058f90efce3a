# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# dulwich, git in Python: clones, and reads the log, a tree, every object. Judged by git's fsck, and
# git's log, ls-tree and cat-file.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them

TITLE='dulwich'
GROUP=git
MAPS='the pack it receives (`objects/tmp_pack_*`, O_RDWR), each pack and its index (O_RDONLY): PROT_READ, MAP_SHARED, whole'
ALONE=works
TOUCHED=yes
NOTE='reads what it cannot map'

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" dulwich) &&
		VERSION=$("$PROGRAM" -c 'import dulwich; print("%d.%d.%d" % dulwich.__version__)')
}

job() {
	run "$PROGRAM" "$TOP/integration/clients/dulwich-jobs.py" "$URL" clone >got
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" && whole clone "$SCRATCH/git" &&
		reads_as_git clone got
}
