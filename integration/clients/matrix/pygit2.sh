# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# libgit2 through pygit2: clones, shows the log and the difference to changed files. Judged by git's
# own clone, log and diff.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='pygit2 (libgit2)'
GROUP=git
MAPS='the new pack, `pack_git2_*`, window by window: PROT_READ, MAP_SHARED, O_RDWR; packs, indexes and files of the work tree: the same, O_RDONLY'
ALONE=fails
SAYS='failed to mmap.*No such device'
TOUCHED=yes
QUICK=yes

install() {
	PROGRAM=$("$TOP/integration/clients/pygit2.sh") &&
		VERSION=$("$PROGRAM" -c 'import pygit2
print("%s (%s)" % (pygit2.__version__, pygit2.LIBGIT2_VERSION))')
}

job() {
	local jobs=$TOP/integration/clients/pygit2-jobs.py
	run "$PROGRAM" "$jobs" clone "$URL" clone &&
		run "$PROGRAM" "$jobs" log clone >"$SCRATCH/log" && change_files clone &&
		run "$PROGRAM" "$jobs" diff clone >"$SCRATCH/diff"
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" &&
		git -C clone log --format=raw | diff - "$SCRATCH/log" &&
		git -C clone diff | diff - "$SCRATCH/diff" &&
		git -C clone reset --quiet --hard && git -C clone clean --quiet -f &&
		whole clone "$SCRATCH/git"
}
