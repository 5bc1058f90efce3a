# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# SQLite in WAL mode with mmap_size: makes a database, and uses one that was made elsewhere, in a
# plain directory and below .git, where the built-in rules apply. Judged by the same database on a
# disk.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='SQLite, journal_mode=WAL, mmap_size'
GROUP='must not change'
QUICK=yes
MAPS='the file -shm: PROT_READ and PROT_WRITE, MAP_SHARED, O_RDWR; the database: PROT_READ, MAP_SHARED, O_RDWR'
ALONE=fails
SAYS='disk I/O error'
UNDER=fails
UNCHANGED=yes
TOUCHED=no
NOTE='WAL is memory that processes share for writing: it cannot work here, and fails as without privmap'

made='PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1),(2);'
used='PRAGMA mmap_size=268435456; SELECT sum(x) FROM t; INSERT INTO t VALUES(3); SELECT sum(x) FROM t;'

# shellcheck source-path=SCRIPTDIR source=../sqlite.sh
. "$TOP/integration/clients/sqlite.sh"

judge() {
	local dir
	for dir in . .git; do
		diff <("$PROGRAM" "$dir/old.db" .dump) <("$PROGRAM" "$dir/new.db" .dump) &&
			[ "$("$PROGRAM" "$dir/old.db" 'SELECT sum(x) FROM t')" = 6 ] || return
	done
}
