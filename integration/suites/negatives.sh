#!/bin/bash
# SPDX-License-Identifier: MIT
# What privmap must leave alone, on the refusing filesystem and elsewhere: the same real programs
# run with and without it, and must print the same. A library that converts everything must fail
# here.
# shellcheck disable=SC2317 # the functions are called, through scenario
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. ../lib/lib.sh

tools=$BUILD/integration
library=$BUILD/libprivmap.so
command=$BUILD/privmap
damager=$tools/refusers/preload/convert-everything.so
source_dir=$WORK/source
mount_dir=$WORK/mount
# The kernel trusts names for long (virtiofsd's --cache=metadata). Without that, it drops many stale
# pages by luck, because each stat shows it a new mtime.
mount_refusing "$source_dir" "$mount_dir" --timeout=1000

# --- one scenario, run in several ways ---

# run PROGRAM...: runs it in the current way. Only programs below run may use privmap.
run() {
	case $way in
	without) "$@" ;;
	preload) LD_PRELOAD=$library "$@" ;;
	command) "$command" "$@" ;;
	disabled) PRIVMAP_DISABLE=1 LD_PRELOAD=$library "$command" "$@" ;;
	every-path) "$command" --path '*' "$@" ;;
	always) PRIVMAP_CONFIG=$WORK/always.conf LD_PRELOAD=$library "$@" ;;
	damaged) LD_PRELOAD=$damager "$@" ;;
	esac
}

# scenario WAY NAME...: prints its output and its end, in a new directory: $here on the mount,
# $there on the other side, where nothing is refused.
scenario() {
	local way=$1 here=$mount_dir/$2 there=$source_dir/$2 status=0
	shift
	rm -rf "$here"
	mkdir "$here" "$here/.git"
	(
		trap : PIPE
		"$@"
	) 2>&1 || status=$?
	echo "status $status"
}

# same_in WAYS WANT NAME...: the scenario prints WANT without privmap, and exactly the same in each
# of the ways.
same_in() {
	local ways=$1 want=$2 way name
	shift 2
	name="$*"
	scenario without "$@" >"$WORK/without.out"
	if grep -qF -- "$want" "$WORK/without.out"; then
		ok "$name: without privmap: $want"
	else
		not_ok "$name: without privmap: $want" "$(cat "$WORK/without.out")"
	fi
	for way in $ways; do
		scenario "$way" "$@" >"$WORK/with.out"
		check "$name: the same, $way" \
			diff -u --label without --label "$way" "$WORK/without.out" "$WORK/with.out"
	done
}

# damaged WANT NAME...: proves that these tests see damage: the output with a careless library.
damaged() {
	local want=$1
	shift
	scenario damaged "$@" >"$WORK/with.out"
	check "$*: converting everything shows: ${want##*$'\n'}" \
		contains "$want" "$(cat "$WORK/with.out")"
}

# contains WANT TEXT: whole lines, together.
contains() {
	echo "$2"
	case $'\n'$2$'\n' in *$'\n'"$1"$'\n'*) ;; *) return 1 ;; esac
}

# --- interactive programs ---

# session NAME COMMAND...: starts it. ask NAME TEXT: sends it a line, and prints the answer. hear
# NAME TEXT: prints a line that it sends by itself.
session() {
	local name=$1 to from
	shift
	rm -f "$WORK/$name.to" "$WORK/$name.from"
	mkfifo "$WORK/$name.to" "$WORK/$name.from"
	"$@" <"$WORK/$name.to" >"$WORK/$name.from" 2>&1 &
	exec {to}>"$WORK/$name.to" {from}<"$WORK/$name.from"
	eval "to_$name=$to from_$name=$from pid_$name=$!"
}

hear() {
	local from=from_$1 answer='(nothing)'
	read -r -t 20 -u "${!from}" answer || :
	echo "$1: $2 -> $answer"
}

# It may be gone already; its status shows that.
ask() {
	local to=to_$1
	{ printf '%s\n' "$2" >&"${!to}"; } 2>"$WORK/ask.err" || :
	hear "$@"
}

# finish NAME...: the last started first, because it has the fds of the earlier ones as well.
finish() {
	local name fd pid
	for name in "$@"; do
		fd=to_$name pid=pid_$name
		eval "exec ${!fd}>&-"
		wait "${!pid}" || echo "$name: status $?"
	done
}

# --- SQLite ---

count='SELECT count(*) FROM t;'
wal='PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1)'

sqlite_wal() {
	run sqlite3 "$here/$1/new.db" "$wal; $count"
}

sqlite_wal_from_elsewhere() {
	sqlite3 "$there/$1/old.db" "$wal"
	run sqlite3 "$here/$1/old.db" "$count"
}

# sqlite_mmap DIRECTORY SUBDIRECTORY: another process writes, through the mount or directly. The
# second SELECT uses the mapping's first page, which has the counter of changes.
sqlite_mmap() {
	local db=$2/mapped.db
	sqlite3 "$there/$db" 'CREATE TABLE t(x); INSERT INTO t VALUES(1),(2)'
	session reader run sqlite3 -batch "$here/$db"
	session writer sqlite3 -batch "$1/${here##*/}/$db"
	ask writer "$count"
	ask reader 'PRAGMA mmap_size=268435456;'
	ask reader "$count"
	ask reader "$count"
	ask writer "INSERT INTO t VALUES(3); $count"
	ask reader "$count"
	ask writer "INSERT INTO t SELECT randomblob(3000) FROM t, t AS u; $count"
	ask reader "$count"
	ask reader 'PRAGMA integrity_check;'
	finish writer reader
}

sqlite_mmap_on_mount() {
	sqlite_mmap "$mount_dir" "$1"
}

sqlite_mmap_behind() {
	sqlite_mmap "$source_dir" "$1"
}

ways='preload command disabled every-path'
for sub in . .git; do
	same_in "$ways" 'disk I/O error' sqlite_wal "$sub"
	same_in "$ways" 'disk I/O error' sqlite_wal_from_elsewhere "$sub"
	same_in "$ways" "reader: $count -> 3" sqlite_mmap_on_mount "$sub"
	same_in "$ways" "reader: $count -> 3" sqlite_mmap_behind "$sub"
	# It still sees the two old rows, long after the third was written.
	damaged "writer: INSERT INTO t VALUES(3); $count -> 3
reader: $count -> 2" sqlite_mmap_behind "$sub"
done

# --- LMDB ---

lmdb_new() {
	session env run "$tools/programs/lmdbsession" "$here/$1/new.lmdb" "$2"
	hear env start
	ask env 'put one'
	ask env get
	finish env
}

# Another process writes to the directory below the mount; a stale mapping would never show its
# commit.
lmdb_existing() {
	session writer "$tools/programs/lmdbsession" "$there/$1/old.lmdb" "$2"
	hear writer start
	ask writer 'put one'
	session reader run "$tools/programs/lmdbsession" "$here/$1/old.lmdb" "$2"
	hear reader start
	ask reader get
	ask writer 'put two'
	ask reader get
	finish reader writer
}

lmdb_tools() {
	local program
	printf 'put one\n' | "$tools/programs/lmdbsession" "$there/$1/tools.lmdb" lock
	for program in mdb_stat mdb_dump; do
		run "$program" -n "$here/$1/tools.lmdb" || echo "$program: status $?"
	done
	run mdb_copy -n "$here/$1/tools.lmdb" "$here/$1/copy.lmdb"
}

for sub in . .git; do
	for lock in lock nolock; do
		same_in "$ways" 'open: No such device' lmdb_new "$sub" "$lock"
		same_in "$ways" 'open: No such device' lmdb_existing "$sub" "$lock"
	done
	damaged 'env: get -> one, get: done' lmdb_new "$sub" nolock
	# The other process has committed, but this one never sees it.
	damaged 'writer: put two -> put: done
reader: get -> one, get: done' lmdb_existing "$sub" nolock
	same_in "$ways" 'No such device' lmdb_tools "$sub"
done

# --- a linker ---

# A file that is written through a shared mapping; also in .git, where read-only mappings are
# served.
mold_links() {
	printf 'int start(void);\nint start(void) { return 0; }\n' >"$here/start.c"
	"${CC:-cc}" -c -o "$here/start.o" "$here/start.c"
	run mold -e start -o "$here/$1/program" "$here/start.o"
}

for sub in . .git; do
	same_in "$ways" 'mmap failed: No such device' mold_links "$sub"
done

# --- every kind of mapping ---

mapkinds() {
	run "$tools/programs/mapkinds" "$1"
}

# FILE is in a work tree or its .git, where the built-in rules apply.
kinds() {
	head -c 10000 /dev/urandom | tee "$here/data.bin" >"$here/.git/data.bin"
	sqlite3 "$here/.git/some.sqlite" 'CREATE TABLE t(x)'
	printf 'put one\n' | "$tools/programs/lmdbsession" "$there/.git/some.lmdb" nolock >"$WORK/put.out"
	mapkinds "$here/$1"
}

kinds_out_of_scope() {
	rmdir "$here/.git"
	head -c 10000 /dev/urandom >"$here/data.bin"
	mapkinds "$here/data.bin"
}

# answers WAY TEXT WANT NAME...: the output is exactly WANT, with nothing on stderr.
answers() {
	local way=$1 text=$2 want=$3
	shift 3
	scenario "$way" "$@" >"$WORK/with.out"
	check "$text, $way" diff -u --label wanted --label got <(echo "$want") "$WORK/with.out"
}

same_in 'preload command disabled' 'shared read, O_RDONLY: ENODEV' kinds_out_of_scope
for file in .git/some.sqlite .git/some.lmdb; do
	same_in "$ways" 'shared read, O_RDONLY: ENODEV' kinds "$file"
done
for file in .git/data.bin data.bin; do
	same_in disabled 'shared read, O_RDONLY: ENODEV' kinds "$file"
done
served='shared read, O_RDONLY: private
shared read, O_RDWR: private
validated shared read, O_RDONLY: private
shared write: ENODEV
validated shared write: ENODEV
private read: private
private write: private
status 0'
for way in preload command every-path; do
	answers "$way" 'in .git, mappings for writing are refused as before' \
		"$served" kinds .git/data.bin
done
for way in preload command; do
	answers "$way" 'in a work tree, so is what is open for writing' \
		"${served/O_RDWR: private/O_RDWR: ENODEV}" kinds data.bin
done
answers every-path 'out of scope, --path serves' "$served" kinds_out_of_scope

# Where nothing is refused, or where files can never be mapped, even a rule for every file changes
# nothing.
cat >"$WORK/always.conf" <<-'END'
	rules = ( { path = "*"; when = "always"; database = true; action = "private"; } );
END
memory=$WORK/memory
mkdir "$memory"
if mount -t tmpfs tmpfs "$memory" 2>"$WORK/mount.err"; then
	mkdir "$memory/.git"
	echo data >"$memory/.git/data"
	same_in "$ways always" 'shared write: shared' mapkinds "$memory/.git/data"
else
	skip 'tmpfs: the same' "$(cat "$WORK/mount.err")"
fi
# Removed at once, so that nothing is left there in any case.
shm=$(mktemp /dev/shm/privmap.XXXXXX)
echo data >"$shm"
exec 9<>"$shm"
rm -f "$shm"
same_in "$ways always" 'shared write: shared' mapkinds /dev/fd/9
exec 9>&-
same_in "$ways always" 'shared read, O_RDONLY: ENODEV' mapkinds /proc/self/status
same_in "$ways always" 'shared read, O_RDONLY: EIO' mapkinds /proc/version
same_in "$ways always" 'shared read, O_RDONLY: ENODEV' mapkinds /sys/kernel/uevent_seqnum
working=$WORK/working
mount_refusing "$WORK/working source" "$working" --cached
mkdir "$working/.git"
echo data >"$working/.git/data"
same_in "$ways" 'shared write: shared' mapkinds "$working/.git/data"
answers always 'that rule is at work' "${served//ENODEV/shared}" mapkinds "$working/.git/data"
t_end
