# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# SQLite's job in the matrix: makes a database, and uses one that was made elsewhere, in a plain
# directory and below .git, where the built-in rules apply. The files of matrix/ that source this
# set $made and $used, in SQL.
# shellcheck disable=SC2034,SC2154,SC2317 # set and called by the runner, and by who sources this

install() {
	PROGRAM=$(command -v sqlite3) && VERSION=$("$PROGRAM" --version | awk '{ print $1 }')
}

job() {
	local dir status=0
	"$PROGRAM" "$SCRATCH/old.db" "$made" || return
	for dir in . .git; do
		mkdir -p "$dir" && cp "$SCRATCH/old.db" "$dir/old.db" || return
		run "$PROGRAM" "$dir/new.db" "$made $used" || status=$?
		run "$PROGRAM" "$dir/old.db" "$used" || status=$?
	done
	return "$status"
}
