# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gdbmtool reads a database. Judged by what it reads on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='gdbm, read-only'
GROUP=stores
MAPS='the database: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=wrong
TOUCHED=yes
OPTIONS=(--for stores)
NOTE='alone it says "cannot open database: Malloc error", and ends with status 0'

install() {
	PROGRAM=$("$TOP/integration/clients/deb.sh" gdbmtool)/usr/bin/gdbmtool &&
		VERSION=$("$PROGRAM" --version | sed -n '1s/.* //p')
}

job() {
	seq 100 | awk '{ print "store key" $1 " value" $1 }' >"$SCRATCH/made" &&
		"$PROGRAM" -f "$SCRATCH/made" "$SCRATCH/made.gdbm" && cp "$SCRATCH/made.gdbm" . &&
		run "$PROGRAM" -r made.gdbm list
}

judge() {
	"$PROGRAM" -r "$SCRATCH/made.gdbm" list >"$SCRATCH/read" && [ "$(wc -l <"$SCRATCH/read")" -eq 100 ] &&
		diff "$SCRATCH/read" "$results/out"
}
