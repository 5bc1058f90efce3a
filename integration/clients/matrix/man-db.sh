# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# man -k, like apropos, reads the index of mandb, a file of gdbm. Judged by what it finds on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='man -k (man-db, gdbm)'
GROUP=stores
MAPS='`index.db`, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='nothing appropriate'
TOUCHED=yes
OPTIONS=(--for stores)
NOTE='alone it says that there is no such page, status 16; whatis and man -f as well'

install() {
	PROGRAM=$(command -v apropos) && command -v mandb &&
		VERSION=$("$PROGRAM" --version | awk '{ print $NF }')
}

# Its index is in the tree of manual pages, like that of a user.
pages() {
	printf 'MANDATORY_MANPATH %s\nMANDB_MAP %s %s\n' "$1" "$1" "$1" >"$SCRATCH/manpath" &&
		"${@:2}" -C "$SCRATCH/manpath"
}

job() {
	local n
	mkdir -p "$SCRATCH/man/man1" || return
	for n in {1..50}; do
		printf '.TH TOOL%d 1\n.SH NAME\ntool%d \\- does the thing\n.SH DESCRIPTION\nIt does.\n' "$n" "$n" \
			>"$SCRATCH/man/man1/tool$n.1"
	done
	pages "$SCRATCH/man" mandb -q -c "$SCRATCH/man" && cp -R "$SCRATCH/man" . || return
	export MANPATH=$PWD/man
	pages "$PWD/man" run "$PROGRAM" thing
}

judge() {
	[ "$(MANPATH=$SCRATCH/man pages "$SCRATCH/man" "$PROGRAM" thing | tee "$SCRATCH/found" | wc -l)" -eq 50 ] &&
		diff "$SCRATCH/found" "$results/out"
}
