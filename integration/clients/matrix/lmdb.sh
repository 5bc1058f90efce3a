# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# LMDB's library and tools make an environment, and read one that was made elsewhere, with the lock
# and without, in a plain directory and below .git, where the built-in rules apply. Judged by what
# was put.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='LMDB'
GROUP='must not change'
QUICK=yes
MAPS='the data, 16 MiB over a smaller file: PROT_READ, MAP_SHARED, O_RDWR; the lock: also PROT_WRITE'
ALONE=fails
SAYS='No such device'
UNDER=fails
UNCHANGED=yes
TOUCHED=no
NOTE='readers must see what others write, so it is left: it fails as without privmap'

install() {
	PROGRAM=$BUILD/integration/programs/lmdbsession
	VERSION=$(mdb_stat -V | sed -n 's/^LMDB \([^:]*\).*/\1/p') && [ -x "$PROGRAM" ]
}

job() {
	local dir lock status=0
	printf 'put one\n' | "$PROGRAM" "$SCRATCH/old.lmdb" nolock >"$SCRATCH/log" || return
	for dir in . .git; do
		mkdir -p "$dir" && cp "$SCRATCH/old.lmdb" "$dir/old.lmdb" || return
		for lock in nolock lock; do
			printf 'put two\nget\n' | run "$PROGRAM" "$dir/$lock.lmdb" "$lock" || status=$?
			printf 'get\n' | run "$PROGRAM" "$dir/old.lmdb" "$lock" || status=$?
		done
		run mdb_stat -n "$dir/old.lmdb" || status=$?
		run mdb_dump -n "$dir/old.lmdb" || status=$?
	done
	return "$status"
}

judge() {
	local dir
	for dir in . .git; do
		diff <(mdb_dump -n "$SCRATCH/old.lmdb") <(mdb_dump -n "$dir/old.lmdb") &&
			diff <(mdb_dump -n "$dir/nolock.lmdb") <(mdb_dump -n "$dir/lock.lmdb") &&
			[ "$(printf 'get\n' | "$PROGRAM" "$dir/lock.lmdb" lock | tail -n 1)" = \
				'two, get: done' ] || return
	done
}
