#!/bin/bash
# SPDX-License-Identifier: MIT
# Proof by system calls: after a refusal, the library asks again for a private mapping, and changes
# nothing else; where nothing is refused, it makes no additional call.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

gix=$(client gix)
python=$(client pygit2)
library=$BUILD/libprivmap.so
maploop=$BUILD/integration/programs/maploop
memory=mmap,munmap,mprotect,mremap,pkey_mprotect

judge() {
	"$python" "$TOP/integration/lib/strace-calls.py" "$@"
}

# traced NAME CALLS COMMAND...: a file $WORK/NAME.TID for each thread, so that no call is split by
# one of another thread. The filter makes strace stop only at these calls.
traced() {
	local name=$1 calls=$2 filter=--seccomp-bpf
	shift 2
	[ "$calls" != all ] || filter=-qq
	rm -f "$WORK/$name".*
	strace -ff -y -qq "$filter" -e trace="$calls" -o "$WORK/$name" "$@" >"$WORK/out"
}

# clone_alike DIR NAME OPTION...: a clone in DIR whose calls can be compared with those of another.
# Even two runs without privmap differ unless
# - the server packs and gix works with one thread (it starts others, but one after the other);
# - malloc has one arena: glibc cuts the heap of another arena out of a larger mapping, at a multiple
#   of 64 MiB, so the number of munmaps depends on its address.
clone_alike() {
	local dir=$1 name=$2
	shift 2
	rm -rf "$dir/clone"
	traced "$name" "$memory" -E MALLOC_ARENA_MAX=1 "$@" \
		"$gix" --no-verbose --threads 1 clone "$url" "$dir/clone"
}

# same_clone DIR OPTION...: the same calls with and without the library; strace sets OPTION. On a
# busy machine, gix sometimes starts its threads in another order, with or without us. Calls that
# the library adds would be in every pair of runs, so one equal pair of five is proof.
same_clone() {
	local dir=$1 try
	shift
	for try in 1 2 3 4 5; do
		echo "pair $try of runs:"
		clone_alike "$dir" without && clone_alike "$dir" with -E LD_PRELOAD="$library" "$@" ||
			return 1
		! judge same "$WORK/without" "$WORK/with" "$library" || return 0
	done
	return 1
}

# same_loop FILE OPTION...: compares ALL system calls, in order, while a program maps and unmaps
# thousands of times. Calls of loading are before the marks.
same_loop() {
	local file=$1
	shift
	traced without all "$maploop" "$file" 1000 &&
		traced with all -E LD_PRELOAD="$library" "$@" "$maploop" "$file" 1000 &&
		judge between "$WORK/without" "$WORK/with"
}

# converts COMMAND...: one conversion follows each refusal, and the report counts them.
converts() {
	rm -f "$WORK/report"
	traced converts "$memory" "$BUILD/privmap" --report="$WORK/report" -- "$@" &&
		judge conversions "$WORK/converts" "$mount/" "$WORK/report"
}

mkdir "$WORK/source" "$WORK/cached-source" "$WORK/disk"
mount=$WORK/mount
"$TOP/integration/lib/repository.sh" "$WORK/served"
git -C "$WORK/served/x.git" config pack.threads 1
serve_repositories "$WORK/served"
url=$GITURL/x.git
mount_refusing "$WORK/source" "$mount" --timeout=1
mount_refusing "$WORK/cached-source" "$WORK/cached" --timeout=1 --cached

check 'gix clone: each refused candidate becomes one private mapping, all else equal' \
	converts "$gix" --no-verbose clone "$url" "$mount/gix"
check 'pygit2 clone: the same' \
	converts "$python" "$TOP/integration/clients/pygit2-jobs.py" clone "$url" "$mount/pygit2"

check 'gix clone on a disk: the same calls with and without the library' same_clone "$WORK/disk"
check 'gix clone on a disk: the same, disabled' same_clone "$WORK/disk" -E PRIVMAP_DISABLE=1
check 'gix clone on FUSE that maps: the same' same_clone "$WORK/cached"

for place in "$WORK/disk" "$WORK/cached" "$mount"; do
	mkdir "$place/loop.git"
	head -c 10000 /dev/zero >"$place/loop.git/file"
done
check 'no system call more in 1,000 rounds of mappings on a disk' \
	same_loop "$WORK/disk/loop.git/file"
check 'no system call more on FUSE that maps' same_loop "$WORK/cached/loop.git/file"
check 'no system call more where mappings are refused, disabled' \
	same_loop "$mount/loop.git/file" -E PRIVMAP_DISABLE=1

# Mapping a device may have effects, so the library does not ask its driver twice.
device_once() {
	traced device mmap -E LD_PRELOAD="$library" "$python" -c '
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
place = libc.mmap(None, 8192, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
device = os.open("/dev/zero", os.O_RDONLY)
MAP_FIXED = 16
assert libc.mmap(place, 4096, mmap.PROT_READ, mmap.MAP_SHARED | MAP_FIXED, device, 0) == place' &&
		grep '</dev/zero' "$WORK"/device.* && [ "$(cat "$WORK"/device.* | grep -c '</dev/zero')" -eq 1 ]
}
check 'a device is mapped once, as asked, also in the place of something' device_once

# --- how many ---

# at_most ACTION NUMBERS FILE...: no turn of mapturns takes more additional calls than these.
at_most() {
	at_most_by "path = \"$mount/*\"; action = \"$1\"" "${@:2}"
}
# at_most_by RULE NUMBERS FILE...
at_most_by() {
	local rule=$1 numbers=$2
	shift 2
	echo "rules = ( { $rule } );" >"$WORK/at-most.conf"
	traced turns all -E LD_PRELOAD="$library" -E PRIVMAP_CONFIG="$WORK/at-most.conf" \
		"$BUILD/integration/programs/mapturns" "$@" || return 1
	got=$(cat "$WORK"/turns.* | awk '/^getppid/ { if (on) printf "%d ", n - 1; on = !on; n = 0; next } { n++ }')
	echo "wanted at most: $numbers"
	echo "got:            $got"
	awk -v wanted="$numbers" -v got="$got" 'BEGIN {
		count = split(wanted, most); if (split(got, are) != count) exit 1
		for (i = 1; i <= count; i++) if (are[i] > most[i]) exit 1
	}'
}
for name in one two three; do
	head -c 20000 /dev/zero >"$mount/$name"
done
# The calls: which file it is, its path, its header, the private mapping, two for signals. The first
# file of a device takes three more: its line in maps, its filesystem, and memory that children of
# fork do not inherit. The path is needed because a file may have lost its name, the header because
# an empty database may have been filled, and the signals because a handler that leaves by
# siglongjmp(3) would leave a mapping that can become writable.
check 'converted: 11 additional calls for the first of a process, 6 for another file and again, none for its end' \
	at_most private '11 6 6 6 6 0 0 0 0 0' "$mount/one" "$mount/two" "$mount/three" "$mount/two" "$mount/one"
# Three calls of the first copy get memory that children of fork do not inherit. Linux before 6.3
# takes one more: it does not know MFD_NOEXEC_SEAL. The library asks the server before and after the
# read, because a copy must not mix two states of its file, and asks about the mount, because a copy
# is executable where the file is. The lock takes two calls: a child that dies in vfork(2) must not
# leave it locked. The library looks at a descriptor before it closes it: the host may have closed
# our number and opened its own. The header was read before, or the name is enough: no question to
# the server.
for name in one two; do
	cp "$mount/$name" "$mount/pack-$name.pack"
done
check '  3, and two for signals, for one that is known to be no database' \
	at_most private '11 6 5 5 0 0 0 0' "$mount/one" wait wait wait wait wait wait wait "$mount/one" "$mount/one" "$mount/one"
check '  and two more, but no look-up of a descriptor, if the name is enough: 10, 7, 7' \
	at_most private '10 7 7 0 0 0' "$mount/pack-one.pack" "$mount/pack-two.pack" "$mount/pack-one.pack"
one_look_up() {
	[ "$(cat "$WORK"/turns.* | grep -c '"/proc/thread-self/fd/')" -eq 1 ]
}

# early DIR: maps files of all kinds there after a converted one whose name was enough.
early() {
	cat >"$WORK/for-early.conf" <<-'END'
		rules = (
		  { path = "*/pack-left*"; action = "leave" },
		  { path = "*/pack-copy*"; action = "buffer" },
		  { path = "*/pack-*"; action = "private" } );
	END
	traced early all -E LD_PRELOAD="$library" -E PRIVMAP_CONFIG="$WORK/for-early.conf" "$python" -c '
import ctypes, errno, mmap, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.syscall.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
WRITE = mmap.PROT_READ | mmap.PROT_WRITE
def map(name):
    file = os.open(name, os.O_RDWR if name != directory else os.O_RDONLY)
    at = libc.mmap(None, 8192, mmap.PROT_READ, mmap.MAP_SHARED, file, 0)
    os.close(file)
    return at if at != ctypes.c_void_p(-1).value else errno.errorcode[ctypes.get_errno()]
def mapped(name):
    return [line.split()[1] for line in open("/proc/self/maps") if line.rstrip().endswith(name)]
def refused(at):
    return libc.mprotect(at, 4096, WRITE) == -1 and ctypes.get_errno() == errno.EACCES
directory = sys.argv[1]
one, two, left, again, copy, long = (f"{directory}/pack-{name}.pack" for name in
    ("one", "two", "left", "left-again", "copy", "l" * 200))
a, b = map(one), map(two)
assert refused(a) and refused(b + 4096) and mapped(two) == ["r--p"], mapped(two)
# A raw call puts other memory there: that is the program'\''s own.
assert libc.syscall(9 if os.uname().machine == "x86_64" else 222, ctypes.c_void_p(b), 4096, mmap.PROT_READ,
    mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 16, -1, 0) == b
assert not libc.mprotect(b, 4096, WRITE) and refused(b + 4096)
assert map(left) == map(again) == "ENODEV" and not mapped(left) and not mapped(again)
for other in "/dev/full", directory:
    assert refused(map(one)) and refused(map(two)) and map(other) == "ENODEV"
assert refused(map(one)) and refused(map(two)) and refused(map(copy)) and not mapped(copy)
# The name of a mapped file changes.
at = map(one)
os.rename(one, long)
assert refused(at) and refused(map(long)) and mapped(long)
print("right")' "$1" && grep -qx right "$WORK/out"
}
# called NAME CALL...: these are the calls that it makes on that file, in that order.
called() {
	local name=$1
	shift
	sed -nE "\\|<$name>|{s/\\(.*(MAP_PRIVATE|MAP_SHARED|FIOQSIZE).*/ \\1/; s/\\(.*//; p}" "$WORK"/early.* |
		diff - <(printf '%s\n' "$@" close)
}
mkdir "$mount/early"
for name in one two left left-again copy; do
	cp "$mount/one" "$mount/early/pack-$name.pack"
done
check 'converted before the rules are asked: it is watched, and taken back if no rule converts it' \
	early "$mount/early"
# Linux before 6.11 knows no question about a mapping that tells all.
if [ "$(printf '%s\n' 6.11 "$(uname -r)" | sort -V | head -n 1)" = 6.11 ]; then
	check '  the descriptor of the first file only is looked up by its name' one_look_up
	check '  only after a file that was converted' \
		called "$mount/early/pack-left.pack" openat 'mmap MAP_SHARED' 'ioctl FIOQSIZE' 'mmap MAP_PRIVATE'
	check '  not after one that was left' \
		called "$mount/early/pack-left-again.pack" openat 'mmap MAP_SHARED'
	check '  never a device' called /dev/full openat 'mmap MAP_SHARED' 'ioctl FIOQSIZE'
fi

# The server is stopped: a question to it would not end. (The tracer causes one: when it closes its
# own descriptor of the file, the kernel sends a FLUSH.)
asks_nobody() {
	timeout -k 5 60 env LD_PRELOAD="$library" "$python" -c '
import ctypes, mmap, os, signal, sys
server, *names = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
files = [os.open(name, os.O_RDONLY) for name in names]
for turn in range(2):
    for file in files if turn else files[:1]:
        at = libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, file, 0)
        assert at != ctypes.c_void_p(-1).value, ctypes.get_errno()
    os.kill(int(server), [signal.SIGSTOP, signal.SIGCONT][turn])
print("mapped")' "$server" "$@" >"$out"
	kill -CONT "$server"
	[ "$(cat "$out")" = mapped ]
}
mount_refusing "$WORK/distrusted-source" "$WORK/distrusted"
server=$!
cp "$mount"/pack-{one,two}.pack "$WORK/distrusted"
check 'converted: asks the server nothing about a file whose name is enough' \
	asks_nobody "$WORK"/distrusted/pack-{one,two}.pack
check 'buffered: 24 calls for the first of a process, 20 for others' \
	at_most buffer '24 20 20 0 0 0' "$mount/one" "$mount/two" "$mount/three"
# first_call FILE: fallocate or pread64, whichever comes first when all of it is copied.
first_call() {
	traced large pread64,fallocate -E LD_PRELOAD="$library" -E PRIVMAP_CONFIG="$WORK/at-most.conf" "$python" -c '
import mmap, sys
file = open(sys.argv[1], "rb")
mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)' "$1" || return 1
	first=$(grep -hoE -m 1 "^(fallocate|pread64\([0-9]+<$1>)" "$WORK"/large.*)
	echo "$first"
}
truncate -s 64M "$mount/large"
truncate -s 60M "$mount/smaller"
allocates_first() {
	first_call "$mount/large" && [ "$first" = fallocate ] && first_call "$mount/smaller" && [ "$first" != fallocate ]
}
check '  memory for a large copy is allocated before anything is read, while the file settles' allocates_first
# Two calls look at maps, so that nothing else is duplicated; a page of our own shows whether memory
# is locked; six give the new mapping properties that the old one may lack.
check '  23 for a copy that is there already' \
	at_most buffer '24 20 23 0 0 0' "$mount/one" wait "$mount/one" wait "$mount/one"
# Two more calls in each directory on the way up, four in the git directory; none if the answer is
# known, or clear by the name.
mkdir -p "$mount/bare/objects" "$mount/bare/refs" "$mount/bare/a/b"
echo ref: refs/heads/main >"$mount/bare/HEAD"
head -c 20000 /dev/zero | tee "$mount/bare/index" "$mount/bare/pack-1.idx" >"$mount/bare/a/b/file"
check 'git = true: 4 more in the git directory, 2 for each one below it, none again' \
	at_most_by 'git = true; action = "private"' '15 6 17 6 0 0 0 0' \
	"$mount/bare/index" "$mount/bare/index" "$mount/bare/a/b/file" "$mount/bare/a/b/file"
check '  none for a name of git'\''s' \
	at_most_by 'git = true; action = "private"' '11 0' "$mount/bare/pack-1.idx"
# fstat, its path, 2 in each directory; then the first two. If the name may be that of an index,
# also the header, and two for signals.
above=${mount//[!\/]/}/
check '  of what is not git'\''s, 2 for each directory up to the root; none again, only the path' \
	at_most_by 'git = true; action = "private"' "$((2 + 2 * ${#above})) 1" "$mount/one" "$mount/one"
# Answers are valid for a short time (engine/ticks.h), so this asks at once for another file of the
# directory, five times.
names=()
for name in 1 2 3 4 5 6; do
	cp "$mount/one" "$mount/plain-$name"
	names+=("$mount/plain-$name")
done
mostly_one() {
	at_most_by 'git = true; action = "private"' "$((2 + 2 * ${#above})) $(printf '%s ' $((1 + 2 * ${#above})){,,,,})" "${names[@]}"
	[[ $got =~ \ 1\  ]]
}
check '  nothing is looked up for another file of that directory at once' mostly_one
cp "$mount/one" "$mount/one-index"
check '  and its header, if its name says that it may be an index' \
	at_most_by 'git = true; action = "private"' "$((5 + 2 * ${#above})) 2" "$mount/one-index" "$mount/one-index"

t_end
