# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A bare repository without .git in its path, like those of cargo in git/db: gix and libgit2
# (pygit2) read all of its history. Judged by git log.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='gix and pygit2 on a bare `db/x-1f0c`'
GROUP=git
MAPS='packs and their indexes, `packed-refs`: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='No such device'
TOUCHED=yes
QUICK=yes

install() {
	PROGRAM=("$("$TOP/integration/clients/gix.sh")" "$("$TOP/integration/clients/pygit2.sh")") &&
		VERSION="0.33.0, $("${PROGRAM[1]}" -c 'import pygit2; print(pygit2.__version__)')"
}

# Neither stops the other: alone, both fail.
job() {
	local status=0
	git clone --quiet --bare "$URL" db/x-1f0c || return
	run "${PROGRAM[0]}" --no-verbose -r db/x-1f0c revision list HEAD >"$SCRATCH/gix" || status=$?
	run "${PROGRAM[1]}" "$TOP/integration/clients/pygit2-jobs.py" log db/x-1f0c \
		>"$SCRATCH/pygit2" || status=$?
	return "$status"
}

judge() {
	git -C db/x-1f0c log --format='%h %ct %P' | awk '{ print $1, $2, NF - 2 }' |
		diff - "$SCRATCH/gix" && git -C db/x-1f0c log --format=raw | diff - "$SCRATCH/pygit2"
}
