#!/bin/bash
# SPDX-License-Identifier: MIT
# Kept copies: made once for all processes of a user, by either engine; complete or missing; checked
# before each use; within their limit; never those of another user, nor of a file that only one
# process may read. And mappings while files change.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	skip 'kept copies' 'other users and small disks: needs root'
	t_end
fi
mapsteps=$BUILD/integration/programs/mapsteps
mapleaks=$BUILD/integration/programs/mapleaks
source=$WORK/source mount=$WORK/mount
mount_refusing "$source" "$mount"
mount_refusing "$WORK/slow-source" "$WORK/slow" --delay=20
chmod 755 "$WORK"

# rules NAME SPOOL BUFFER
rules() {
	mkdir -p "$2"
	chmod 1777 "$2"
	echo "rules = ( { path = \"$WORK/*\"; action = \"buffer\"; keep = true; } );
		buffer = { spool = \"$2\"; $3 };" >"$WORK/$1.conf"
}
rules kept "$WORK/spool" 'memory = "1M"; limit = "2M"; keep = "64M";'
store=$WORK/spool/privmap-0

engine=preload
# served RULES COMMAND...
served() {
	case $engine in
	preload) PRIVMAP_CONFIG=$WORK/$1.conf LD_PRELOAD=$BUILD/libprivmap.so "${@:2}" ;;
	trace) "$BUILD/privmap" --engine trace --config "$WORK/$1.conf" -- "${@:2}" ;;
	esac
}

# gives TEXT RULES STEP...: mapsteps prints TEXT.
gives() {
	diff -u --label wanted --label got <(printf '%s\n' "$1") <(served "$2" "$mapsteps" "${@:3}" 2>&1)
}

copies() {
	find "${1:-$store}" -name 'copy-*' | wc -l
}

# new NAME SIZE: makes a file that no process has seen; $file is its name on the mount.
new() {
	file=$mount/$1
	head -c "$2" /dev/urandom >"$source/$1"
}

# settle RULES [FILE]: makes its kept copy: looks at it, and again after long enough.
settle() {
	served "$1" "$mapsteps" map "${2:-$file}" wait 100 map "${2:-$file}" >/dev/null
}

# kept_copy: prints the kept copy of $file.
kept_copy() {
	find "$store" -name "copy-*-$(printf %x "$(stat -c %i "$file")")-*"
}

# --- one copy for all ---

# From now on, only its first page and its last are read.
is_not_read_again() {
	local reads
	settle kept
	[ "$(copies)" -eq 1 ] || return
	served kept strace -f -y -qq -e trace=pread64,read -o "$WORK/calls" "$mapsteps" map "$file" >"$out" || return
	cat "$out"
	grep -qx "$file: a copy in a file, right" "$out" || return
	reads=$(grep -c "<$file>, .*4096, " "$WORK/calls")
	echo "$reads reads"
	[ "$reads" -eq 2 ] && [ "$(copies)" -eq 1 ]
}
# strace cannot trace the tracer. But the program sees a change that was made only in the copy.
is_what_is_mapped() {
	local copy
	settle kept
	copy=$(kept_copy)
	printf X | dd of="$copy" conv=notrunc bs=1 seek=2500000 status=none
	gives "$file: a copy in a file, WRONG" kept map "$file" && [ "$(copies)" -eq 1 ] && rm "$copy"
	settle kept
}
# Processes that start together: all read the right bytes, and map the same copy.
together() {
	local i
	settle kept
	for i in {1..8}; do
		served kept "$mapsteps" map "$file" wait 500 >"$WORK/together.$i" 2>&1 &
	done
	wait_for_these
	cat "$WORK"/together.*
	[ "$(cat "$WORK"/together.* | sort -u)" = "$file: a copy in a file, right" ] && [ -n "$(kept_copy)" ]
}
wait_for_these() {
	local job
	for job in $(jobs -p -r); do
		grep -qs refusefs "/proc/$job/cmdline" || wait "$job"
	done
}
# There is no kept copy when they begin.
all_begin_together() {
	local i
	served kept "$mapsteps" map "$file" >/dev/null
	sleep 0.1
	for i in {1..8}; do
		served kept "$mapsteps" map "$file" >"$WORK/together.$i" 2>&1 &
	done
	wait_for_these
	cat "$WORK"/together.*
	[ "$(cat "$WORK"/together.* | sort -u)" = "$file: a copy in a file, right" ] &&
		[ "$(kept_copy | wc -l)" -eq 1 ]
}
changes() {
	settle kept
	printf X | dd of="$source/${file##*/}" conv=notrunc bs=1 seek=5000 status=none
	gives "$file: a copy in a file, right" kept map "$file" && settle kept &&
		gives "$file: a copy in a file, right" kept map "$file" && [ "$(kept_copy | wc -l)" -eq 2 ]
}
not_at_first_sight() {
	gives "$file: a copy in a file, right" kept map "$file" && [ -z "$(kept_copy)" ]
}
not_written() {
	settle kept
	gives "$file: a copy in a file, right
protect: EACCES" kept map "$file" protect
}
# A long-lived program: no descriptor stays open, no mapping is left.
nothing_leaks() {
	settle kept
	served kept "$mapleaks" "$file" 200 >"$out" || return
	cat "$out"
	grep -qE "^mapped [0-9]+ refused 0 errno 0 fds $(fds_of_mapleaks) more 0 " "$out"
}
fds_of_mapleaks() {
	"$mapleaks" "$source/${file##*/}" 200 | sed 's/.* fds \([0-9]*\) .*/\1/'
}

# --- only valid copies are used ---

# twisted COMMAND...: COMMAND changes $copy, the kept copy of $file; programs do not use it then.
twisted() {
	local copy
	settle kept
	copy=$(kept_copy)
	[ -f "$copy" ] || return
	"$@" "$copy" || return
	gives "$file: a copy in a file, right" kept map "$file" || return
	# A new copy has replaced it, or the name is free.
	[ -d "$copy" ] || [ ! -e "$copy" ] || [ "$(stat -c '%u %a %h %s' "$copy")" = "0 400 1 $(stat -c %s "$file")" ]
}
shorter() {
	truncate -s -1 "$1"
}
of_another_file() {
	head -c "$(stat -c %s "$1")" /dev/urandom >"$1.new" && chmod 400 "$1.new" && mv "$1.new" "$1"
}
with_another_end() {
	printf '%s' different | dd of="$1" bs=1 conv=notrunc seek="$(($(stat -c %s "$1") - 9))" status=none
}
a_link() {
	rm "$1" && ln -s /etc/passwd "$1"
}
a_fifo() {
	rm "$1" && mkfifo -m 400 "$1"
}
a_directory() {
	rm "$1" && mkdir -m 700 "$1"
}
two_names() {
	ln "$1" "$WORK/spool/another" && rm -f "$WORK/spool/another-one" && mv "$WORK/spool/another" "$WORK/spool/another-one"
}
another_boot() {
	settle kept
	mv "$(kept_copy)" "$(kept_copy | sed 's/copy-[0-9a-f]*/copy-0123456789abcdef0123456789abcdef/')"
	gives "$file: a copy in a file, right" kept map "$file" && settle kept && [ "$(kept_copy | wc -l)" -eq 1 ] &&
		! kept_copy | grep -q copy-0123
}

# --- the directory ---

# elsewhere COMMAND...: COMMAND makes the directory for us in a spool; nothing is put there.
elsewhere() {
	rm -rf "$WORK/other"
	rules other "$WORK/other" 'memory = "1M"; keep = "64M"; limit = "8M";'
	"$@" "$WORK/other/privmap-0" || return
	settle other
	gives "$file: a copy in memory, right" other map "$file" && [ "$(copies "$WORK/other/")" -eq 0 ]
}
of_another_user() {
	mkdir -m 700 "$1" && chown 65534 "$1"
}
that_others_enter() {
	mkdir "$1" && chmod 755 "$1"
}
that_is_a_link() {
	mkdir -m 700 "$WORK/other/target" && ln -s target "$1"
}
that_is_a_file() {
	touch "$1"
}

# --- limits ---

# The copy that was just used stays.
oldest_use_goes_first() {
	local name
	rm -rf "$WORK/small"
	rules small "$WORK/small" 'keep = "300K";'
	for name in a b c; do
		new "limit-$name-$engine" 100000
		settle small
	done
	file=$mount/limit-a-$engine
	gives "$file: a copy in a file, right" small map "$file" || return
	new "limit-d-$engine" 100000
	settle small
	store=$WORK/small/privmap-0 remain
}
remain() {
	local name left=
	for name in a b c d; do
		file=$mount/limit-$name-$engine
		[ -z "$(kept_copy)" ] || left+=$name
	done
	echo "left: $left"
	[ "$left" = acd ] && [ "$(du -sb --apparent-size "$store" | cut -f 1)" -le $((300 * 1024 + 4096)) ]
}
# Where there is room for one more, none of the others is asked for anything.
others_are_left_alone() {
	[ "$(copies)" -ge 3 ] || return
	served kept strace -f -qq -e trace=statx,linkat -o "$WORK/calls" "$mapsteps" map "$file" wait 100 map "$file" >"$out" || return
	cat "$out" "$WORK/calls"
	[ -n "$(kept_copy)" ] && [ "$(grep -c 'linkat(.*"copy-' "$WORK/calls")" -eq 1 ] &&
		! grep -q 'statx(.*"copy-' "$WORK/calls"
}
larger_than_all() {
	rm -rf "$WORK/small"
	rules small "$WORK/small" 'keep = "64K";'
	settle small
	gives "$file: a copy in memory, right" small map "$file" && [ "$(copies "$WORK/small")" -eq 0 ]
}
none_is_kept() {
	rm -rf "$WORK/small"
	rules small "$WORK/small" 'keep = 0;'
	settle small
	gives "$file: a copy in memory, right" small map "$file" && [ ! -e "$WORK/small/privmap-0" ]
}
# Memory has no room for it either.
disk_is_full() {
	rules full "$WORK/full" 'memory = "64K"; keep = "64M";'
	mount -t tmpfs -o size=200K,mode=1777 tmpfs "$WORK/full"
	settle full
	served full "$mapsteps" map "$file" >"$out" 2>&1
	cat "$out"
	umount "$WORK/full"
	grep -q "right$" "$out"
}

# --- death of a maker ---

# Killed at any time: a copy with a name is complete.
killed() {
	local i pid
	rm -rf "$WORK/killed"
	rules killed "$WORK/killed" 'keep = "64M";'
	head -c 3000000 /dev/urandom >"$WORK/slow-source/$1-$engine"
	for i in 0.02 0.05 0.1 0.15; do
		served killed "$mapsteps" map "$WORK/slow/$1-$engine" >/dev/null 2>&1 &
		pid=$!
		sleep "$i"
		kill "-$1" "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	find "$WORK/killed" -name 'copy-*' -size -3000000c | grep . && return 1
	gives "$WORK/slow/$1-$engine: a copy in a file, right" killed map "$WORK/slow/$1-$engine"
}

# --- permissions ---

of_who_hides() {
	served kept "$mapsteps" open "$file" user 65534 map "$file" wait 100 open "$file" map "$file" >"$out" 2>&1
	cat "$out"
	[ ! -e "$WORK/spool/privmap-65534" ] && [ -z "$(kept_copy)" ]
}
each_user_has_their_own() {
	settle kept
	served kept setpriv --reuid 65534 --clear-groups "$mapsteps" map "$file" wait 100 map "$file" >"$out" 2>&1
	cat "$out"
	[ "$(stat -c '%u %a' "$WORK/spool/privmap-65534")" = '65534 700' ] && [ "$(copies "$WORK/spool/privmap-65534")" -eq 1 ]
}

for engine in preload trace; do
	rm -rf "$WORK/spool"
	rules kept "$WORK/spool" 'memory = "1M"; limit = "2M"; keep = "64M";'
	new "large-$engine" 5000003
	if [ "$engine" = preload ]; then
		check "$engine: it is not read again, larger than limit" is_not_read_again
	else
		check "$engine: it is kept, larger than limit" is_what_is_mapped
	fi
	check '  the directory is the user'"'"'s own' eval '[ "$(stat -c "%u %a" "$store")" = "0 700" ]'
	check '  the copy can be read, and nothing else' eval '[ "$(stat -c "%u %a" "$(kept_copy)")" = "0 400" ]'
	new "first-$engine" 10000
	check "$engine: not at first sight, when a change may leave no trace" not_at_first_sight
	new "together-$engine" 3000000
	check "$engine: eight processes have one" together
	new "begin-$engine" 3000000
	check "$engine: eight processes that make it at once" all_begin_together
	new "change-$engine" 20000
	check "$engine: a file that has changed" changes
	check "$engine: no program writes into it" not_written
	check "$engine: nothing leaks" nothing_leaks
	for what in shorter of_another_file with_another_end a_link a_fifo a_directory 'chmod 600' 'chown 65534' two_names; do
		new "twisted-$engine-${what// /-}" 20000
		# shellcheck disable=SC2086 # a command and its argument
		check "$engine: replaced by ${what//_/ }" twisted $what
	done
	new "boot-$engine" 20000
	check "$engine: of another boot" another_boot
	for what in of_another_user that_others_enter that_is_a_link that_is_a_file; do
		check "$engine: a directory ${what//_/ }" elsewhere "$what"
	done
	if [ "$engine" = preload ]; then
		new "another-$engine" 20000
		check "$engine: one more, without a look at each of the others" others_are_left_alone
	fi
	check "$engine: the least recently used copy goes first" oldest_use_goes_first
	new "over-$engine" 100000
	check "$engine: one that is larger than all may be" larger_than_all
	check "$engine: keep = 0" none_is_kept
	new "full-$engine" 1000000
	check "$engine: a full disk" disk_is_full
	for signal in KILL TERM; do
		check "$engine: SIG$signal while it is made" killed "$signal"
	done
	new "hides-$engine" 20000
	check "$engine: not of a program that has become another user" of_who_hides
	if [ "$engine" = preload ] && why=$(no_other_users); then
		skip "$engine: each user has their own" "$why"
	elif [ "$engine" = preload ]; then
		check "$engine: each user has their own" each_user_has_their_own
	fi
done

# --- the host's stack ---

# One page at most, with all messages.
little_stack() {
	"$TOP/tests/preloaded/on-refusing-disk" env PRIVMAP_CONFIG="$WORK/stack.conf" \
		"$BUILD/tests/preloaded/preload-host" >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	grep 'buffered' "$out" && [ -d "$WORK/stack/privmap-0" ]
}
mkdir "$WORK/stack"
echo "rules = ( { action = \"buffer\"; keep = true; } ); buffer = { spool = \"$WORK/stack\"; };" >"$WORK/stack.conf"
check 'it needs little stack' little_stack

# --- a clock of whole seconds ---

# Larger than limit: the library can only wait until any change would leave a trace.
mount_refusing "$WORK/coarse-source" "$WORK/coarse" --grain=1000
coarse() {
	local file=$WORK/coarse/$engine
	head -c 5000003 /dev/urandom >"$WORK/coarse-source/$engine"
	gives "$file: a copy in a file, right" kept map "$file" && [ -n "$(kept_copy)" ]
}
for engine in preload trace; do
	check "$engine: larger than limit, stamped in seconds" coarse
done

# --- git, by the built-in rules, where nothing can be mapped ---

make_disk
mkdir -p "$WORK/git-spool"
echo "builtin = true; buffer = { spool = \"$WORK/git-spool\"; memory = \"64K\"; limit = \"2M\"; };" >"$WORK/git.conf"
git init -q "$disk/repository"
for name in 1 2 3 4; do
	head -c 3000000 /dev/urandom >"$disk/repository/$name"
done
git -C "$disk/repository" add -A
git -C "$disk/repository" -c core.compression=0 commit -qm large
git -C "$disk/repository" repack -adq
# gits ARG...: git on a pack of six times the limit.
gits() {
	"$BUILD/integration/refusers/mmapworld" --refuse private --below "$disk" -- \
		"$BUILD/privmap" --config "$WORK/git.conf" -- git -c core.packedGitWindowSize=1g -C "$disk/repository" "$@"
}
its_packs() {
	local pack
	for pack in "$disk"/repository/.git/objects/pack/pack-*.{pack,idx}; do
		find "$WORK/git-spool/privmap-0" -name "copy-*-$(printf %x "$(stat -c %i "$pack")")-*" -size "$(stat -c %s "$pack")c" |
			grep -q . || return
	done
}
reads_its_packs_once() {
	local i
	for i in 1 2 3; do
		prints_as_git 'git -C "$disk/repository" log -p --stat' gits log -p --stat || return
		sleep 0.1
	done
	its_packs
}
check 'git reads a pack larger than limit, and it is kept' reads_its_packs_once
check '  git fsck' quietly gits fsck --no-progress
check '  through windows that overlap' quietly gits -c core.packedGitWindowSize=1m fsck --no-progress
check '  its index is not kept' eval \
	'[ -z "$(find "$WORK/git-spool/privmap-0" -name "copy-*-$(printf %x "$(stat -c %i "$disk/repository/.git/index")")-*")" ]'

# --- a slow share, where mappings work, by the shipped example ---

# Once it is kept, privmap reads only its first page and its last.
shared=$WORK/shared
mount_refusing "$WORK/shared-source" "$shared" --cached
cp -r "$disk/repository/.git" "$WORK/shared-source/x.git"
mkdir -p "$WORK/slow-spool"
sed "s|\"virtiofs\"|\"fuse.refusefs\"|; s|/var/tmp|$WORK/slow-spool|" "$TOP/config/examples/slow.conf" >"$WORK/slow.conf"
a_slow_share() {
	local file name
	for file in "$shared"/x.git/objects/pack/pack-*.{pack,idx}; do
		settle slow "$file"
		name=$(find "$WORK/slow-spool/privmap-0" -name "copy-*-$(printf %x "$(stat -c %i "$file")")-*")
		served slow strace -f -y -qq -e trace=pread64,mmap -o "$WORK/calls" "$mapsteps" map "$file" >"$out" || return
		cat "$out" "$WORK/calls"
		grep -qx "$file: a copy in a file, right" "$out" && [ -n "$name" ] &&
			! grep "mmap(.*MAP_SHARED.*<$file>" "$WORK/calls" &&
			[ "$(grep -c "pread64([0-9]*<$file>, .*4096, " "$WORK/calls")" -le 2 ] || return
	done
	file=$shared/x.git/config
	served slow "$mapsteps" map "$file" >"$out"
	cat "$out"
	grep -qx "$file: shared, right" "$out"
}
engine=preload
check 'the example for slow shares' a_slow_share

# --- while files change ---

keptstorm=$BUILD/integration/programs/keptstorm
# storm ENGINE GRAIN: all mappings are refused, and most copies soon have no room.
storm() {
	local dir=$WORK/storm-$1-$2
	local command=("$keptstorm" "$dir/source" "$dir/mount" "$dir/spool" "${STRESS_ROUNDS:-1000}")
	mount_refusing "$dir/source" "$dir/mount" --grain="$2"
	rules "storm-$1-$2" "$dir/spool" 'memory = "1M"; limit = "8M"; keep = "200K";'
	case $1 in
	preload) command=(env PRIVMAP_CONFIG="$WORK/storm-$1-$2.conf" LD_PRELOAD="$BUILD/libprivmap.so" "${command[@]}") ;;
	trace) command=("$BUILD/privmap" --engine trace --config "$WORK/storm-$1-$2.conf" -- "${command[@]}") ;;
	esac
	"$BUILD/integration/refusers/mmapworld" --refuse private --below "$dir/mount" -- "${command[@]}"
}
for engine in preload trace; do
	for grain in 1 10; do
		check "$engine: files that change, stamped each $grain ms" storm "$engine" "$grain"
	done
done
t_end
