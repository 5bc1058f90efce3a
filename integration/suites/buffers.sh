#!/bin/bash
# SPDX-License-Identifier: MIT
# Copies, as /proc and strace show them, without trust in the library's messages. One copy of a file
# however often it is mapped, no leaks, faults, limits, files that change, odd fds, and a whole
# clone by copies.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	skip 'buffers' 'it mounts small disks: needs root'
	t_end
fi
gix=$(client gix)
mapmany=$BUILD/integration/programs/mapmany
library=$BUILD/libprivmap.so
source=$WORK/source mount=$WORK/mount
mkdir "$source" "$WORK/spool" "$WORK/empty"
mount_refusing "$source" "$mount"
make_disk

# --- the worlds ---

# rules NAME RULE [BUFFER [SPOOL]]
rules() {
	echo "rules = ( { $2; } ); buffer = { spool = \"${4:-$WORK/spool}\"; ${3:-} };" >"$WORK/$1.conf"
}
# Without this rule, each mapping reads the file's header to recognize a database.
rules memory 'action = "buffer"; database = true' 'memory = "2G";'
rules spool 'action = "buffer"; database = true' 'memory = "0";'
rules always 'action = "buffer"; when = "always"' 'memory = "64K"; limit = "128K";'
rules private 'action = "private"' 'memory = "64K"; limit = "128K";'
rules named 'action = "buffer"; path = "*"'

preload=$library
# Refuses everything, private mappings too, with an errno that no other layer here uses. The library
# that refuses comes after ours.
refusing_all() {
	local preload=$library:$BUILD/tests/preloaded/refuse.so
	REFUSE_ERRNO=95 REFUSE_PRIVATE=1 "$@"
}

many() {
	PRIVMAP_CONFIG=$WORK/$1.conf LD_PRELOAD=$preload "$mapmany" "${@:2}"
}

# in_background RULES ARG...: $! is the process itself.
in_background() {
	PRIVMAP_CONFIG=$WORK/$1.conf LD_PRELOAD=$preload "$mapmany" "${@:2}" >"$out" 2>&1 &
}

# gives EXPECTED RULES ARG...: prints exactly EXPECTED, and nothing on stderr.
gives() {
	local expected=$1
	shift
	many "$@" >"$out" 2>"$err" || echo "exit status $?"
	cat "$err"
	diff <(printf '%s\n' "$expected") "$out" && [ ! -s "$err" ]
}

memory='1 in memory, 0 in the spool, 0 converted'
spool='0 in memory, 1 in the spool, 0 converted'
converted='0 in memory, 0 in the spool, 1 converted'

# --- one copy ---

# An odd size; pages at a distance of a power of two differ.
head -c 5000003 /dev/urandom >"$WORK/piece"
for _ in {1..105}; do
	cat "$WORK/piece"
done >"$source/large"
large_mib=501 # rounded

calls_that_copy='^(p?readv?2?|pread(64|v2?)|p?writev?2?|pwrite(64|v2?)|process_vm_readv|sendfile|splice|tee'
calls_that_copy+='|vmsplice|copy_file_range|memfd_create|open(at2?)?|fallocate|io_uring_enter)\('

# between_marks RULES ARG...: $WORK/calls gets the calls of mapmany there. Calls on /proc do not
# count.
between_marks() {
	PRIVMAP_CONFIG=$WORK/$1.conf strace -y -qq -E LD_PRELOAD="$preload" -o "$WORK/trace" \
		"$mapmany" "${@:2}" >"$out" || return
	awk '/^getppid\(/ { inside = !inside; next } inside' "$WORK/trace" >"$WORK/calls"
	[ -s "$WORK/calls" ] && [ "$(grep -c '^getppid(' "$WORK/trace")" -eq 2 ]
}

copies_nothing() {
	between_marks "$@" || return
	sed -n 1,30p "$WORK/calls"
	! grep -vE '/proc/(self|thread-self|[0-9]+)/maps' "$WORK/calls" | grep -E "$calls_that_copy" &&
		[ "$(grep -cE '^mremap\(0x[0-9a-f]+<?[^,]*, 0, .* = 0x' "$WORK/calls")" -eq 1 ]
}

reads_the_file() {
	between_marks "$@" && grep -qE '^pread64\([0-9]+<[^>]*/large>' "$WORK/calls" &&
		! copies_nothing "$@"
}

for kind in memory spool; do
	shmem=0
	case $kind,$(stat -f -c %T "$WORK/spool") in
	memory,* | *,tmpfs) shmem=$large_mib ;;
	esac
	all=${!kind}
	check "$kind: 100 mappings of 500 MB are one file, and RssShmem grows once" \
		gives "RssShmem $shmem MiB
1 files of $large_mib MiB
${all/1/100}
1 files of $large_mib MiB
RssShmem $shmem MiB
same" "$kind" "$mount/large" map=1 touch shmem files map=99 kinds files shmem unmap map=1 \
		same="$source/large"
	check "$kind: the first reads the file (the control)" \
		reads_the_file "$kind" "$mount/large" mark map=1 mark
	check "$kind: the second reads and writes nothing" \
		copies_nothing "$kind" "$mount/large" map=1 mark map=1 mark kinds
	check "$kind: nor when the file was just written" \
		copies_nothing "$kind" "$mount/large" write map=1 mark map=1 mark kinds
	check "$kind: nor through another open of the file" \
		copies_nothing "$kind" "$mount/large" map=1 reopen mark map=1 mark kinds
done
rm "$source/large" "$WORK/piece"

# --- many times ---

head -c 409600 /dev/urandom >"$source/pages"
cp "$source/pages" "$disk/pages"

# The limits allow two copies: the last mapping is a copy only if the earlier ones no longer count.
steady() {
	gives "no growth
$1" "$2" "${@:3:$#-4}" "cycle=1000,${*: -1}" usage "cycle=${*: -2:1},${*: -1}" growth \
		"windows=1,4096" kinds
}
check '100,000 times buffered: no fd, no mapping, no memory more' \
	steady "$memory" always "$disk/pages" 100000 1
check '5,000 times in windows of a file where mappings are refused' \
	steady "$memory" memory "$mount/pages" 5000 100
check '100,000 times converted' steady "$converted" private "$mount/pages" 100000 1
check '100,000 times buffered as private mappings are refused' \
	refusing_all steady "$memory" private -p "$disk/pages" 100000 1
rules small-spool 'action = "buffer"; when = "always"' 'memory = "0"; limit = "128K";'
check '3,000 times in the spool' steady "$spool" small-spool "$disk/pages" 3000 1
check 'nothing is left in the spool directory' eval '[ -z "$(ls -A "$WORK/spool")" ]'

# --- failures ---

head -c 4000000 /dev/urandom >"$source/eio"
mount_refusing "$source" "$WORK/faulty" --eio-after=1048576 --only='eio'

# The first errno, no leaks, and one line at the default level.
tells_of_eio() {
	many memory "$@" map=1 2>"$err" >"$out" || return
	cat "$out" "$err"
	[ "$(cat "$out")" = "map: $errno" ] && [ "$(wc -l <"$err")" -eq 1 ] &&
		grep -qF "$WORK/faulty/eio" "$err" && grep -q EIO "$err" &&
		many memory "$@" map=9 usage map=99 growth 2>/dev/null | tail -n 1 | grep -xF 'no growth'
}
errno=ENODEV
check 'EIO: the program gets ENODEV, the log one line' tells_of_eio "$WORK/faulty/eio"
errno=EOPNOTSUPP
check '  where all is refused, its errno' refusing_all tells_of_eio -p "$WORK/faulty/eio"
rules total 'action = "buffer"' 'memory = "2M"; limit = "5M";'
check '  pages before the bad byte can be mapped, and failures do not count' eval '
	many total "$WORK/faulty/eio" map=3 windows=1,1048576 kinds >"$out" 2>"$err"; cat "$out" "$err"
	[ "$(tail -n 1 "$out")" = "$memory" ]'

# If the spool cannot be used, the mapping is converted, or fails with the first errno if that is
# refused, too.
mkdir "$WORK/full" "$WORK/read-only"
mount -t tmpfs -o size=1M privmap-test "$WORK/full"
mount -t tmpfs -o ro privmap-test "$WORK/read-only"
: >"$WORK/no-directory"
for place in full read-only no-directory missing; do
	rules "$place" 'action = "buffer"' "memory = \"0\"; limit = \"5M\";" "$WORK/$place"
	check "spool $place: converted, nothing leaked" gives "no growth
$converted
same" "$place" "$mount/eio" map=3 unmap usage map=9 unmap growth map=1 kinds same="$source/eio"
	check '  the first errno where all is refused' refusing_all gives "map: EOPNOTSUPP
map: EOPNOTSUPP
no growth" "$place" -p "$mount/eio" map=1 usage map=1 growth
done
check 'spool full: copies that fit are made; others do not count' \
	gives "$spool" full "$mount/eio" map=3 unmap windows=1,524288 kinds
check 'spool full: nothing stays in it' eval '[ "$(stat -f -c "%b %f" "$WORK/full" |
	awk "{ print \$1 - \$2 }")" -eq 0 ]'

# --- limits ---

head -c 65536 /dev/urandom >"$source/64K"
head -c 8388608 /dev/urandom >"$source/8M"
# limits MEMORY LIMIT FILE EXPECTED
limits() {
	rules limits 'action = "buffer"' "memory = \"$1\"; limit = \"$2\";"
	check "memory $1, limit $2: $3 is $(echo "$4" | sed 's/0 [^,]*, *//g; s/, 0.*//')" \
		gives "$4" limits "$mount/$3" map=1 kinds
}
limits 64K 4G 64K "$memory"
limits 65536 65536 64K "$memory"
limits 65535 4G 64K "$spool"
limits 65535 65536 64K "$spool"
limits 65535 65535 64K "$converted"
limits 64K 63K 64K "$converted"
limits 0 1G 64K "$spool"
limits 1G 0 64K "$converted"
limits 8M 1G 8M "$memory"
limits 7M 8M 8M "$spool"
limits 1G 7M 8M "$converted"
# 8 windows: two copies in memory, three in the spool, the rest converted; and the same again after
# they are unmapped.
check 'the limits are totals of live copies, and there is room again afterwards' \
	gives '2 in memory, 3 in the spool, 3 converted
same
2 in memory, 3 in the spool, 3 converted' total "$mount/8M" windows=8,1048576 kinds \
	same="$source/8M" unmap windows=8,1048576 kinds
check 'a copy that is mapped again counts once' \
	gives '4 in memory, 3 in the spool, 1 converted' total "$mount/8M" windows=1,1048576 unmap \
	settle windows=5,1048576 windows=2,1048576 map=1 kinds
rules no-room 'action = "private"' 'limit = "0";'
check 'beyond the limits where all is refused: the first errno' \
	refusing_all gives 'map: EOPNOTSUPP' no-room -p "$mount/64K" map=1

# --- files that change meanwhile ---

rules change 'action = "buffer"; database = true' # only the copy reads the file

# passes TIMES EXPECTED SAID: the file changes TIMES times while it is read; each pass makes one
# read. For a private mapping, because a copy that others may share is read again if all this takes
# long.
passes() {
	local times=$1 expected=$2 said=$3
	head -c 300000 /dev/urandom >"$WORK/changing-source/change"
	PRIVMAP_CONFIG=$WORK/change.conf strace -y -qq -e trace=pread64 -E LD_PRELOAD="$preload" \
		-o "$WORK/trace" "$mapmany" -p "$WORK/changing-$times/change" map=1 kinds \
		same="$WORK/changing-source/change" >"$out" || :
	cat "$out" "$WORK/trace"
	grep "changing-$times/change>" "$WORK/trace" >"$WORK/passes" &&
		[ "$(wc -l <"$WORK/passes")" -eq "$expected" ] &&
		[ "$(grep -c ', 0) = 300000$' "$WORK/passes")" -eq "$expected" ] &&
		[ "$(cat "$out")" = "$memory"$'\n'"$said" ]
}
for times in 0 1 2 3 9; do
	mount_refusing "$WORK/changing-source" "$WORK/changing-$times" \
		--change-while-read="$times" --only=change
done
check 'a file that does not change is read once' refusing_all passes 0 1 same
check 'one that changes while it is read is read again' refusing_all passes 1 2 same
check '  twice' refusing_all passes 2 3 same
check '  three times' refusing_all passes 3 4 same
check '  no more; then the last copy is used' refusing_all passes 9 4 'mapping 0 differs at 0'

mount_refusing "$WORK/slow-source" "$WORK/slow" --delay=20 --only='slow*'

# while_read CHANGE EXPECTED JOB...: makes CHANGE when the mapping has read a third of $slow.
while_read() {
	local change=$1 expected=$2 pid
	shift 2
	slow=$WORK/slow-source/slow
	head -c 32000000 /dev/urandom >"$slow"
	in_background change "$WORK/slow/slow" map=1 "$@"
	pid=$!
	until [ "$(awk '/^rchar/ { print $2 }' "/proc/$pid/io")" -gt 10000000 ]; do
		kill -0 "$pid" || return
		sleep 0.01
	done
	eval "$change" || return
	wait "$pid" || echo "exit status $?"
	cat "$out"
	[ "$(cat "$out")" = "$expected" ]
}
check 'a file that shrinks while it is read' while_read 'truncate -s 4000123 "$slow"' "$memory
same
SIGBUS" kinds same="$WORK/slow-source/slow" beyond
check '  to nothing' while_read ': >"$WORK/slow/slow"' "$memory
SIGBUS" kinds beyond
check 'one that grows and changes' while_read \
	'echo changed | dd of="$slow" conv=notrunc status=none; cat "$source/8M" >>"$slow"' "$memory
same
there is something" kinds same="$WORK/slow-source/slow" beyond

# --- odd fds ---

direct() {
	local size offset
	for size in 1 511 512 4095 4096 4097 65535 1048575 1048577 3145741; do
		head -c "$size" "$source/8M" >"$disk/odd"
		for offset in 0 4096; do
			[ "$offset" -lt "$size" ] || continue
			echo "$size bytes from $offset on, $*:"
			gives "$memory"$'\nsame' "$@" "$disk/odd" map=1,"$offset" kinds same="$disk/odd" ||
				return
		done
	done
}
# (The conformance suite tests shared mappings.)
rules disk 'action = "buffer"; when = "always"'
if dd if="$source/8M" of="$disk/direct" oflag=direct bs=4096 count=1 status=none 2>/dev/null; then
	check 'odd sizes and offsets of private mappings, with O_DIRECT' refusing_all direct disk -dp
else
	skip 'odd sizes and offsets, with O_DIRECT' 'the disk does not know it'
fi

# Without /proc, a copy cannot become read-only. The working directory leads to COPY.
cd "$source"
check 'no /proc: converted' gives "$converted
same" spool "$mount/8M" chroot="$WORK/empty" map=1 kinds same=8M
check '  a rule with a path does not match' \
	gives 'map: ENODEV' named "$mount/8M" chroot="$WORK/empty" map=1
check '  the first errno where all is refused, nothing leaked' refusing_all gives \
	'map: EOPNOTSUPP
map: EOPNOTSUPP
no growth' private -p "$mount/64K" chroot="$WORK/empty" map=1 usage map=1 growth
check 'no fd is free: converted' gives "$converted" spool "$mount/8M" no-fds map=1 kinds
check '  the first errno where all is refused, nothing leaked' refusing_all gives \
	'map: EOPNOTSUPP
map: EOPNOTSUPP
no growth' private -p "$mount/64K" no-fds map=1 usage map=1 growth
cd /

# --- a whole clone ---

"$TOP/integration/lib/repository.sh" --small "$WORK/served"
serve_repositories "$WORK/served"
git clone --quiet "$GITURL/x.git" "$WORK/gits"

fd_calls='open,openat,openat2,creat,close,memfd_create,fcntl,dup,dup2,dup3'
copy_calls='sendfile,splice,vmsplice,tee,copy_file_range'

# traced_clone DIR NAME OPTION...: one file for the calls of each thread; only one thread runs at a
# time.
traced_clone() {
	rm -rf "$1/clone" "$WORK/$2".*
	strace -ff -y -qq --seccomp-bpf -e trace="$fd_calls,$copy_calls" -o "$WORK/$2" "${@:3}" \
		"$gix" --no-verbose --threads 1 clone "$GITURL/x.git" "$1/clone" >/dev/null
}

# opened NAME DIR: prints the opened files below DIR, once for each open.
opened() {
	cat "$WORK/$1".* | sed -nE "s,^open(at)?\(.* = [0-9]+<$2/([^>]*)>.*,\2,p" |
		sed -E 's,\.tmp[A-Za-z0-9]+,.tmp,' | sort
}

# The thread that opens the file of a copy also closes all descriptors of it.
closes_all() {
	local trace
	for trace in "$WORK/with".*; do
		awk '
			match($0, / = [0-9]+<(\/memfd:privmap|[^<]*\/#[0-9]+)/) {
				open[substr($0, RSTART + 3) + 0] = $0; made++
			}
			/^close\(/ { fd = substr($0, 7) + 0; delete open[fd] }
			END { for (fd in open) { print "left open: " open[fd]; bad = 1 }
				print made + 0, "made" >"/dev/stderr"; exit bad }
		' "$trace" || return
	done 2>"$WORK/made"
	awk '{ made += $1 } END { print made, "fds of copies"; exit made < 8 }' "$WORK/made"
}

copies_by_hand() {
	! grep -hE "^(${copy_calls//,/|})\(" "$WORK/with".*
}

for kind in memory spool; do
	check "gix clone, buffered in the $kind" traced_clone "$mount" with \
		-E LD_PRELOAD="$library" -E PRIVMAP_CONFIG="$WORK/$kind.conf"
	check '  has the contents of the clone of git' whole "$mount/clone" "$WORK/gits"
	check '  each fd of a copy is closed again' closes_all
	check '  no sendfile, splice, copy_file_range or vmsplice' copies_by_hand
	check "  opens the clone's files as often as without privmap, on a disk" eval '
		traced_clone "$disk" without &&
		diff <(opened without "$disk/clone") <(opened with "$mount/clone") &&
		[ "$(opened with "$mount/clone" | wc -l)" -gt 100 ]'
done

t_end
