# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# SQLite with mmap_size, and a rollback journal: makes a database, and uses one that was made
# elsewhere, in a plain directory and below .git, where the built-in rules apply. Judged by the
# contents.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='SQLite, mmap_size'
GROUP='must not change'
QUICK=yes
MAPS='the database: PROT_READ, MAP_SHARED, O_RDWR'
ALONE=works
UNCHANGED=yes
TOUCHED=no
NOTE='reads the file when it cannot map it, and must see what others write, so it is left'

made='CREATE TABLE t(x); INSERT INTO t VALUES(1),(2);'
used='PRAGMA mmap_size=268435456; SELECT sum(x) FROM t;
	INSERT INTO t VALUES(3); SELECT sum(x) FROM t; PRAGMA integrity_check;'

# shellcheck source-path=SCRIPTDIR source=../sqlite.sh
. "$TOP/integration/clients/sqlite.sh"

judge() {
	local file
	for file in old.db new.db .git/old.db .git/new.db; do
		diff <(printf '%s\n' 1 2 3) <("$PROGRAM" "$file" 'SELECT x FROM t') || return
	done
}
