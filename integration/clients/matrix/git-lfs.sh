# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# git-lfs, a Go program, cleans and smudges, and checks its store; it runs git, which is traced as
# well. Judged by the file, and by the pointer that git has.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='git-lfs'
GROUP=git
MAPS='nothing'
ALONE=works
TOUCHED=no
TRACED=yes
GUEST=none
NOTE='git maps privately, git-lfs not at all'

install() {
	PROGRAM=$("$TOP/integration/clients/deb.sh" git-lfs)/usr/bin/git-lfs &&
		VERSION=$("$PROGRAM" version | sed 's,^git-lfs/\([^ ]*\).*,\1,')
}

# Its hooks find it through PATH.
lfs() {
	PATH=${PROGRAM%/*}:$PATH
	run git -C tree -c user.name=a -c user.email=b -c filter.lfs.required=true \
		-c filter.lfs.clean="$PROGRAM clean -- %f" -c filter.lfs.smudge="$PROGRAM smudge -- %f" "$@"
}

job() {
	git clone --quiet "$URL" tree && echo '*.bin filter=lfs diff=lfs merge=lfs -text' >tree/.gitattributes &&
		seq 100000 >tree/a.bin && cp tree/a.bin "$SCRATCH" && lfs add -A && lfs commit -q -m lfs &&
		rm tree/a.bin && lfs checkout -q -- a.bin && (cd tree && run "$PROGRAM" fsck)
}

judge() {
	cmp tree/a.bin "$SCRATCH/a.bin" && git -C tree cat-file blob HEAD:a.bin | grep -q 'oid sha256:'
}
