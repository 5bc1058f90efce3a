#!/bin/bash
# SPDX-License-Identifier: MIT
# The refusing filesystem of the tests and the demo refuses what virtiofs refuses, is correct in all
# else that they do, makes the requested faults, and never leaves a mount.
# shellcheck disable=SC2317 # the functions are called, through check
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. ../lib/lib.sh

tools=$BUILD/integration
source_dir="$WORK/the source"
mount_dir="$WORK/a mount"
mkdir -p "$source_dir" "$mount_dir"

# same WANT GOT: prints the differences.
same() {
	diff -u --label wanted --label got <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# processes_of NAME DIR: prints the processes with that name (a pattern) for DIR: the server is
# refusefs, its watcher refusefs-watch. A zombie has no command line.
processes_of() {
	local process
	for process in /proc/[0-9]*; do
		# shellcheck disable=SC2254 # a pattern is what is wanted
		case $(cat "$process/comm") in $1) ;; *) continue ;; esac
		if tr '\0' '\n' <"$process/cmdline" | grep -qxF -- "$2"; then
			echo "${process#/proc/}"
		fi
	done 2>/dev/null
}

# soon COMMAND...: it succeeds within 5 seconds.
soon() {
	local try
	for try in {1..3000}; do
		if "$@"; then
			return 0
		fi
		sleep 0.02
	done
	echo "not within 5 seconds (tried $try times): $*"
	return 1
}

unserved() {
	[ -z "$(processes_of 'refusefs*' "$1")" ]
}

gone() {
	! mounted "$1" && unserved "$1"
}

# --- what it refuses ---

kinds() {
	same "$1" "$("$tools/programs/mapkinds" "$2")"
}

all_work='shared read, O_RDONLY: shared
shared read, O_RDWR: shared
validated shared read, O_RDONLY: shared
shared write: shared
validated shared write: shared
private read: private
private write: private'
refused='shared read, O_RDONLY: ENODEV
shared read, O_RDWR: ENODEV
validated shared read, O_RDONLY: ENODEV
shared write: ENODEV
validated shared write: ENODEV
private read: private
private write: private'

head -c 100000 /dev/urandom >"$source_dir/file"
check 'the directory below refuses nothing' kinds "$all_work" "$source_dir/file"
mount_refusing "$source_dir" "$mount_dir"
check 'shared mappings are refused with ENODEV, private ones work' \
	kinds "$refused" "$mount_dir/file"
check 'the bytes are those of the directory below' cmp "$source_dir/file" "$mount_dir/file"
check 'it is called fuse.refusefs in mountinfo' \
	grep -q " - fuse.refusefs " <(grep -F "${mount_dir// /\\040}" /proc/self/mountinfo)
unmount "$mount_dir"
mount_refusing "$source_dir" "$mount_dir" --cached
check '--cached refuses nothing' kinds "$all_work" "$mount_dir/file"
unmount "$mount_dir"

# --- the rest of a filesystem ---

# as_below TOPICS: the conformance suite gives the same answers as in the directory below.
as_below() {
	mkdir "$WORK/below" "$mount_dir/conform"
	"$tools/conform" --only "$1" "$WORK/below" >"$WORK/wanted" &&
		"$tools/conform" --only "$1" "$mount_dir/conform" >"$WORK/got" &&
		[ "$(wc -l <"$WORK/wanted")" -gt 300 ] && diff -u "$WORK/wanted" "$WORK/got"
}

mount_refusing "$source_dir" "$mount_dir" --cached
check 'a file equals the one below, after all operations' \
	as_below contents,changes,names,descriptors,executed,access,fixed
rm -rf "$mount_dir/conform"
unmount "$mount_dir"

# Times, modes and owners are passed on; a new file belongs to its maker.
attributes() {
	local dir=$mount_dir/attributes
	mkdir -m 777 "$dir" && echo x >"$dir/file" && chmod 4640 "$dir/file" && touch -d @1000.5 "$dir/file" || return
	chmod 711 "$WORK" "$source_dir" "$mount_dir"
	[ "$(id -u)" -ne 0 ] || setpriv --reuid 12345 --clear-groups touch "$dir/theirs" || return
	same "$(stat -c '%a %.Y %u' "$source_dir"/attributes/*)" "$(stat -c '%a %.Y %u' "$dir"/*)" || return
	[ "$(stat -c '%a %.Y' "$dir/file")" = '4640 1000.500000000' ] &&
		{ [ "$(id -u)" -ne 0 ] || [ "$(stat -c %u "$dir/theirs")" = 12345 ]; }
}

# So many names that listing takes many requests.
lists_many() {
	mkdir "$mount_dir/many" && touch "$mount_dir"/many/file-{1..2000}-with-a-long-name &&
		same "$(ls "$source_dir/many")" "$(ls "$mount_dir/many")" &&
		rm -r "$mount_dir/many" && [ ! -e "$source_dir/many" ]
}

make_repository() {
	local n
	git init -q "$WORK/origin"
	for n in {1..200}; do
		mkdir -p "$WORK/origin/$((n % 17))"
		seq "$n" 300 >"$WORK/origin/$((n % 17))/$n"
		[ $((n % 20)) -ne 0 ] || {
			git -C "$WORK/origin" add .
			git -C "$WORK/origin" commit -q -m "$n"
		}
	done
}

git_works() {
	local clone=$mount_dir/clone
	git clone -q "file://$WORK/origin" "$clone" &&
		diff -r --exclude=.git "$WORK/origin" "$clone" &&
		git -C "$clone" mv 1 moved &&
		git -C "$clone" commit -q -a -m moved &&
		git -C "$clone" gc -q &&
		git -C "$clone" fsck --full --strict &&
		[ -z "$(git -C "$clone" status --porcelain)" ] &&
		rm -r "$clone" &&
		[ ! -e "$source_dir/clone" ]
}

# The file has grown on the other side.
appends_to_the_end() {
	exec 3>>"$mount_dir/log"
	echo one >&3
	echo two >>"$source_dir/log"
	echo three >&3
	exec 3>&-
	same $'one\ntwo\nthree' "$(cat "$source_dir/log")"
}

make_repository
mount_refusing "$source_dir" "$mount_dir" --timeout=1000
check 'a file keeps its attributes' attributes
check 'a directory lists all that it has' lists_many
check 'O_APPEND works, even if the file grows below the mount' appends_to_the_end
check 'git: clone, commit, gc, fsck, rm' git_works
unmount "$mount_dir"

# --- faults ---

head -c 3000000 /dev/urandom >"$source_dir/data.big"
head -c 2000 "$source_dir/data.big" >"$source_dir/data.small"
cp "$source_dir/data.small" "$source_dir/data.other"

# reads_up_to BYTES FILE: reads exactly BYTES, then fails.
reads_up_to() {
	local status=0
	dd if="$2" of="$WORK/got" bs=65536 2>"$WORK/dd.err" || status=$?
	cat "$WORK/dd.err"
	[ "$status" -ne 0 ] && grep -q 'Input/output error' "$WORK/dd.err" &&
		cmp "$WORK/got" <(head -c "$1" "$source_dir/${2##*/}")
}

# fails_by_then FILE: reading fails before the end, and the bytes before that are right.
fails_by_then() {
	local status=0
	cat "$1" >"$WORK/got" || status=$?
	[ "$status" -ne 0 ] &&
		cmp "$WORK/got" <(head -c "$(stat -c %s "$WORK/got")" "$source_dir/${1##*/}")
}

reads_slowly() {
	local start=${EPOCHREALTIME/./} end
	cat "$1" >"$WORK/got" && cmp "$1" "$source_dir/${1##*/}"
	end=${EPOCHREALTIME/./}
	echo "$((end - start)) microseconds"
	[ $((end - start)) -ge 800000 ]
}

mount_refusing "$source_dir" "$mount_dir" --eio-after=1000000
check '--eio-after: EIO from there on, bytes before that are read' \
	reads_up_to 1000000 "$mount_dir/data.big"
check '--eio-after: a file that ends before is read' \
	cmp "$source_dir/data.small" "$mount_dir/data.small"
unmount "$mount_dir"
mount_refusing "$source_dir" "$mount_dir" --eio-after=2048 --cached
check '--eio-after --cached: no silent zeros' fails_by_then "$mount_dir/data.big"
unmount "$mount_dir"
mount_refusing "$source_dir" "$mount_dir" --eio-after=0 --only='*.small'
check '--eio-after=0: nothing can be read' reads_up_to 0 "$mount_dir/data.small"
check '--only: other files are read' cmp "$source_dir/data.big" "$mount_dir/data.big"
unmount "$mount_dir"
mount_refusing "$source_dir" "$mount_dir" --delay=400 --only='*.small'
check '--delay: each read waits' reads_slowly "$mount_dir/data.small"
unmount "$mount_dir"
# An hour: without the delay, no machine takes that long to read 2,000 bytes.
mount_refusing "$source_dir" "$mount_dir" --delay=3600000 --only='*.small'
check '--delay: but not of other files' \
	timeout 600 cmp "$mount_dir/data.other" "$source_dir/data.other"
unmount "$mount_dir"

# read_passes FILE PASSES: prints the first byte in each pass over one open file, and by how many
# seconds the change time has moved since the open. The second read of a pass is not at its start.
read_passes() {
	python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
before = os.fstat(fd).st_mtime_ns
for _ in range(int(sys.argv[2])):
    first = os.pread(fd, 16, 0)[:1].decode()
    os.pread(fd, 16, 16)
    print(f"{first} +{(os.fstat(fd).st_mtime_ns - before) // 10**9}")' "$@"
}

# passes TIMES WANT: five passes over one open file print WANT.
passes() {
	printf 'abcdefghijklmnopqrstuvwxyz0123456789' >"$source_dir/data.change"
	mount_refusing "$source_dir" "$mount_dir" "$1" --only='data.c*'
	same "$2" "$(read_passes "$mount_dir/data.change" 5)"
	# shellcheck disable=SC2181 # both are wanted, and unmount in any case
	set -- $?
	unmount "$mount_dir"
	return "$1"
}

check '--change-while-read=1: the first pass is stale at once' \
	passes --change-while-read=1 $'a +1\nb +1\nb +1\nb +1\nb +1'
check '--change-while-read=3: three passes are' \
	passes --change-while-read=3 $'a +1\nb +2\nc +3\nd +3\nd +3'
check '--change-while-read=0: none is' passes --change-while-read=0 $'a +0\na +0\na +0\na +0\na +0'
printf 'abcdefghijklmnopqrstuvwxyz0123456789' >"$source_dir/other"
mount_refusing "$source_dir" "$mount_dir" --change-while-read=9 --only='data.c*'
check '--change-while-read --only: other files keep still' \
	same $'a +0\na +0' "$(read_passes "$mount_dir/other" 2)"
unmount "$mount_dir"

# --- the end ---

# ended_by SIGNAL: while a client has its working directory in the mount, a file open, and reads
# another.
ended_by() {
	local server client status=0
	mount_refusing "$source_dir" "$mount_dir" --delay=300 --only='*.small' || return 1
	server=$!
	(
		cd "$mount_dir"
		exec 3<"$mount_dir/file"
		while :; do
			cat "$mount_dir/data.small" >"$WORK/got"
		done
	) 2>"$WORK/client.err" &
	client=$!
	sleep 0.1
	kill "-$1" "$server"
	soon gone "$mount_dir" || {
		status=1
		kill -9 "$server"
	}
	kill -9 "$client"
	wait "$client" 2>/dev/null
	wait "$server" || status=$?
	cat "$WORK/refusefs.err"
	[ ! -s "$WORK/refusefs.err" ] && return "$status"
}

for signal in INT TERM HUP; do
	check "SIG$signal unmounts, even with open files" ended_by "$signal"
done

# opened PID FILE
opened() {
	[ "$(readlink "/proc/$1/fd/3")" = "$2" ]
}

# Only the client has a file open: without a server, even close would never return.
ended_by_kill() {
	local client process status=0 server
	mount_refusing "$source_dir" "$mount_dir" || return 1
	server=$!
	(
		exec 3<"$mount_dir/file"
		exec sleep 30
	) &
	client=$!
	soon opened "$client" "$mount_dir/file" || return 1
	kill -9 "$server"
	soon gone "$mount_dir" || {
		status=1
		for process in $(processes_of 'refusefs*' "$mount_dir"); do
			kill -9 "$process"
		done
		umount -l "$mount_dir"
	}
	kill -9 "$client"
	return "$status"
}

check 'even kill -9 of the server leaves no mount' ended_by_kill

check 'nothing is mounted any more' same '' "$(grep -F "${WORK// /\\040}/" /proc/self/mountinfo)"
t_end
