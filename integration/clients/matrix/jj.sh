# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Jujutsu clones by libgit2, and shows the log; then it imports git's own clone, and shows its log.
# It reads objects by gix. Judged by git's work tree and log, and fsck.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='jj (libgit2, gix)'
GROUP=git
MAPS='the new pack, piece by piece: PROT_READ, MAP_SHARED, O_RDWR; packs, indexes, packed-refs: O_RDONLY'
ALONE=fails
SAYS='failed to mmap\. Could not write data: No such device'
TOUCHED=yes

install() {
	PROGRAM=$(client jj) && VERSION=$("$PROGRAM" --version | awk '{ print $2 }')
}

log_of() {
	run "$PROGRAM" -R "$1" log --no-graph --color never -r "::$2 ~ root()" \
		-T 'commit_id ++ " " ++ author.email() ++ " " ++ description.first_line() ++ "\n"'
}

job() {
	run "$PROGRAM" git clone "$URL" clone && log_of clone 'remote_branches()' >log &&
		git clone --quiet --bare "$URL" x.git &&
		run "$PROGRAM" init --git-repo x.git imported && log_of imported 'branches()' >imported-log
}

# stored_clean DIR: allows for jj's differences: it does not change HEAD, and never writes git's
# empty tree.
stored_clean() {
	local said
	said=$(git -C "$1" fsck --full --strict --no-dangling 2>&1 |
		grep -vE '^notice: HEAD points to an unborn branch|^missing tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904$')
	echo "$said"
	[ -z "$said" ]
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" &&
		git -C "$SCRATCH/git" log --branches --remotes --format='%H %ae %s' | sort >"$SCRATCH/log" &&
		sort log | diff "$SCRATCH/log" - && sort imported-log | diff "$SCRATCH/log" - &&
		diff -r --no-dereference --exclude=.git --exclude=.jj "$SCRATCH/git" clone &&
		diff <(git -C "$SCRATCH/git" rev-list --objects --remotes) \
			<(git -C clone/.jj/repo/store/git rev-list --objects --remotes) &&
		stored_clean clone/.jj/repo/store/git
}
