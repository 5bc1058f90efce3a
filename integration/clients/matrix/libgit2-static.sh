# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A static program with libgit2 (clients/libgit2-jobs.c): clones, and shows the difference to changed
# files. Judged by git's own clone and diff.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='libgit2, static'
GROUP=git
MAPS='as pygit2; no libc that could be preloaded'
ALONE=fails
SAYS='failed to mmap.*No such device'
TOUCHED=yes
TRACED=yes
WAYS='patched child'
QUICK=yes

install() {
	PROGRAM=$("$TOP/integration/clients/libgit2-static.sh") && VERSION=$(pkg-config --modversion libgit2)
}

job() {
	run "$PROGRAM" clone "$URL" clone && change_files clone && run "$PROGRAM" diff clone >"$SCRATCH/diff"
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" &&
		git -C clone diff | diff - "$SCRATCH/diff" &&
		git -C clone reset --quiet --hard && git -C clone clean --quiet -f &&
		whole clone "$SCRATCH/git"
}
