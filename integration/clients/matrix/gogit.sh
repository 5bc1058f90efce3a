# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# go-git 6 (clients/gogit), a Go program without a libc: reads objects from packs that git cloned. Its
# own clone needs no mapping. Judged by git cat-file.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='go-git'
GROUP=git
MAPS='packs, their indexes and reverse indexes, whole: PROT_READ, MAP_SHARED, O_RDONLY, by raw system calls'
ALONE=fails
SAYS='cannot create mmap.*no such device'
TOUCHED=yes
TRACED=yes
WAYS='patched child'
QUICK=yes

install() {
	PROGRAM=$("$TOP/integration/clients/gogit.sh") &&
		VERSION=$(awk '$1 == "github.com/go-git/go-git/v6" { print $2 }' \
			"$TOP/integration/clients/gogit/go.mod")
}

# It reads no pack without a reverse index, which git does not always write. It reads only a sample,
# because it undoes the deltas again for each object.
job() {
	git -c pack.writeReverseIndex=true clone --quiet "$URL" clone || return
	git -C clone cat-file --batch-all-objects --batch-check='%(objectname)' |
		awk 'NR % 8 == 0' >"$SCRATCH/names"
	run "$PROGRAM" cat clone <"$SCRATCH/names" >"$SCRATCH/objects"
}

judge() {
	[ -s "$SCRATCH/names" ] &&
		git -C clone cat-file --batch <"$SCRATCH/names" | cmp - "$SCRATCH/objects"
}
