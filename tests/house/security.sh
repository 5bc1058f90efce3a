#!/bin/bash
# SPDX-License-Identifier: MIT
# The notes of SECURITY.md, each by its number, with both engines where both matter. Needs root, to
# make set-user-ID files and to become another user.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	echo '1..0 # SKIP only root can make set-user-ID files of others'
	exit 0
fi
if [ -e /etc/privmap.conf ] || grep -q nosuid <(findmnt -n -o OPTIONS -T "$WORK"); then
	echo '1..0 # SKIP there is an /etc/privmap.conf, or the temporary directory is mounted nosuid'
	exit 0
fi

user=54321
chmod 711 "$WORK"
mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/mount/x.git"
head -c 5000 /dev/zero | tee "$WORK/mount/x.git/in" >"$WORK/mount/out"
chmod 666 "$WORK"/mount/out "$WORK/mount/x.git/in"
in=$WORK/mount/x.git/in out_of=$WORK/mount/out
mkdir -m 777 "$WORK/play"
cd "$WORK/play"
cp "$BUILD"/{privmap,privmapctl,libprivmap.so,privmap-config.so,integration/programs/mapkinds} .
cp "$(type -P id)" id

as_user() {
	setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
}
# $engine is preload or trace
run() {
	timeout -s KILL 120 ./privmap -e "$engine" ./mapkinds "${1:-$in}"
}

# --- 1 to 3: programs with privileges ---

# A program that ignores LD_PRELOAD loads it as with /etc/ld.so.preload or privmapctl patch.
cp mapkinds secure
patchelf --add-needed "$PWD/libprivmap.so" secure
mkdir -p home/.config/privmap
echo 'rules = ();' | tee home/.config/privmap/privmap.conf >nothing.conf
# setting COUNT FILE VARIABLE=VALUE: the variable has an effect on an ordinary program, but not on a
# set-user-ID program.
setting() {
	chmod 755 secure
	private "$1" as_user env "$3" ./secure "$2" || return
	chmod 4755 secure
	if [ "$2" = "$in" ]; then
		private 5 as_user env "$3" ./secure "$2"
	else
		private 2 as_user env "$3" ./secure "$2"
	fi
}
check '1: set-user-ID: PRIVMAP_CONFIG' setting 2 "$in" PRIVMAP_CONFIG="$PWD/nothing.conf"
check '1: HOME' setting 2 "$in" HOME="$PWD/home"
check '1: XDG_CONFIG_HOME' setting 2 "$in" XDG_CONFIG_HOME="$PWD/home/.config"
check '1: PRIVMAP_DISABLE' setting 2 "$in" PRIVMAP_DISABLE=1
check '1: PRIVMAP_PATHS' setting 5 "$out_of" PRIVMAP_PATHS='*'
# written VARIABLE=VALUE: makes a program write the file "told", but not the set-user-ID program.
written() {
	setting 5 "$in" "$1" && [ "$(stat -c %u told)" = "$user" ] && rm told && chmod 4755 secure &&
		private 5 as_user env "$1" ./secure "$in" && [ ! -e told ]
}
check '1: PRIVMAP_LOG' written PRIVMAP_LOG="info:$PWD/told"
check '1: PRIVMAP_REPORT' written PRIVMAP_REPORT="$PWD/told"
chmod 4755 id
no_privileges() {
	prints 0 as_user ./id -u && ends 0 'privmap: engine trace for ./id: .*set-user-ID.*' as_user ./privmap -e trace ./id -u &&
		[ "$(cat "$out")" = "$user" ]
}
check '2: traced, such a program has no privileges' no_privileges
cp id before
check '3: it is not patched' ends 2 'privmapctl: .*set-user-ID.*' ./privmapctl patch id
check '3: it is unchanged' cmp id before

# --- 4 to 7: where messages go ---

tells() {
	private 5 env "$1" timeout -s KILL 120 ./privmap -e "$engine" ./mapkinds "$in" && [ ! -s "$err" ]
}
no_link() {
	rm -f told victim
	tells "$1" && [ -s told ] && rm told && ln -s victim told && tells "$1" && [ ! -e victim ] &&
		echo text >victim && tells "$1" && [ "$(cat victim)" = text ]
}
no_wait() {
	rm -f told
	mkfifo told && tells "$1"
	set -- $?
	rm -f told
	return "$1"
}
appended() {
	rm -f told
	echo text >told && tells "$1" && [ "$(head -n 1 told)" = text ] && [ "$(wc -l <told)" -gt 1 ] && rm told &&
		(umask 077 && tells "$1") && [ "$(stat -c %a told)" = 600 ]
}
forbidden() {
	rm -f told
	echo text >told && chmod 644 told && private 5 as_user env "$1" ./privmap -e "$engine" ./mapkinds "$in" &&
		[ "$(cat told)" = text ]
}
forged="$WORK/mount/x"$'\n'"privmap: forged "$'\033'"[31m"
cp "$in" "$forged"
no_forgery() {
	rm -f told
	timeout -s KILL 120 env "$1" ./privmap -e "$engine" ./mapkinds "$forged" >"$out" || return
	grep -q forged told && ! grep -q '^privmap: forged' told && ! grep -q $'\033' told
}
for engine in preload trace; do
	for variable in PRIVMAP_LOG="info:$PWD/told" PRIVMAP_REPORT="$PWD/told"; do
		name="$engine, ${variable%%=*}"
		check "4: $name: a link is not followed" no_link "$variable"
		check "5: $name: a FIFO is not waited for" no_wait "$variable"
		check "6: $name: appended to, made by the umask" appended "$variable"
		check "6: $name: not where the program may not write" forbidden "$variable"
		check "7: $name: a file's name forges no line" no_forgery "$variable"
	done
done

# --- 8, 9: the rule file ---

mkfifo fifo
echo '@include "self.conf"' >self.conf
echo '@include "fifo"' >fifo.conf
echo '@include "/dev/zero"' >device.conf
yes '# text' | head -c 3000000 >large.conf
head -c 4000 /bin/sh >binary.conf
printf 'rules = %s' "$(printf '(%.0s' {1..5000})" >deep.conf
one_line() {
	PRIVMAP_CONFIG=$PWD/$1.conf private 2 run && [ "$(wc -l <"$err")" -eq 1 ]
}
for engine in preload trace; do
	for name in self fifo device large binary deep none; do
		check "8: $engine, $name.conf: one line, nothing is served" one_line "$name"
	done
done
echo 'rules = ( { path = "*"; action = "private"; } );' >rules.conf
compiled() {
	PRIVMAP_CONFIG=$PWD/rules.conf ./privmapctl doctor --json >"$out" || :
	grep -qE "\"compiled\": ?$1" "$out"
}
is_used() {
	./privmapctl compile rules.conf && compiled true
}
check '9: a compiled form is used' is_used
unsafe() {
	is_used && "$@" rules.conf.compiled && compiled false && is_used
}
check '9: not one that others may write' unsafe chmod o+w
check '9: not one that a group may write' unsafe chmod g+w
check "9: not somebody else's" unsafe chown "$user"
linked() {
	mv "$1" elsewhere && ln -s elsewhere "$1"
}
check '9: not through a link' unsafe linked
replaced() {
	echo text >victim && ln -sf victim rules.conf.compiled && ./privmapctl compile rules.conf &&
		[ ! -L rules.conf.compiled ] && [ "$(cat victim)" = text ]
}
check '9: a link in its place is replaced' replaced

# --- 10, 11: copies ---

# spool DIRECTORY: writes a rule file that copies each file into this spool.
spool() {
	printf 'rules = ( { path = "*"; action = "buffer"; } );\nbuffer : { memory = "0"; spool = "%s"; };\n' "$1" >spool.conf
}
copied() {
	rm -f told
	PRIVMAP_CONFIG=$PWD/spool.conf as_user ./privmap -e "$engine" --report=told ./mapkinds "$in" >"$out" 2>"$err" || return
	cat told
	grep -qE "\"buffered\":$1," told
}
# Each file that the program made, by strace.
nameless() {
	spool "$WORK/spool"
	copied '[1-9][0-9]*' && [ -z "$(ls -A "$WORK/spool")" ] || return
	PRIVMAP_CONFIG=$PWD/spool.conf strace -f -qq -e trace=openat,linkat -o calls env LD_PRELOAD="$PWD/libprivmap.so" \
		./mapkinds "$in" >"$out" && grep -F "\"$WORK/spool\"" calls && ! grep -F "\"$WORK/spool\"" calls |
		grep -vE 'O_RDWR\|O_EXCL\|O_CLOEXEC\|O_TMPFILE, 0600\)' && ! grep linkat calls
}
mkdir -m 1777 "$WORK/spool"
mkdir -m 755 closed
hostile() {
	spool "$1"
	echo text >victim
	chmod 666 victim
	copied 0 && [ "$(cat victim)" = text ] && [ -z "$(ls -A closed)" ]
}
ln -s victim link-to-file
mutable() {
	spool "$WORK/spool"
	[ "$1" != private ] || echo 'rules = ( { path = "*"; action = "private"; } );' >spool.conf
	PRIVMAP_CONFIG=$PWD/spool.conf ends 0 '' ./privmap -e "$engine" "$python" -c 'import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
at = libc.mmap(None, 4096, 1, 1, os.open(sys.argv[1], os.O_RDWR), 0)
assert at != ctypes.c_void_p(-1).value
assert libc.mprotect(at, 4096, 3) == -1 and ctypes.get_errno() == 13, ctypes.get_errno()' "$in"
}
for engine in preload trace; do
	check "10: $engine: a copy has no name" nameless
	check "10: $engine: a spool that is a file" hostile "$PWD/victim"
	check "10: $engine: that is a link to one" hostile "$PWD/link-to-file"
	check "10: $engine: that may not be written to" hostile "$PWD/closed"
	check "10: $engine: that is not there" hostile "$PWD/none"
	check "11: $engine: a copy cannot be made writable" mutable buffer
	check "11: $engine: nor can what was converted" mutable private
done

# --- 12: rights that a program has given up ---

mkdir -m 755 "$WORK/roots" "$WORK/users"
mkdir -m 1777 "$WORK/all"
chown "$user" "$WORK/users"
# told_by HOW DIRECTORY: prints the owners of the log and the report that a program of root wrote
# there, by an absolute or a relative name; "nobody" if there is none.
told_by() {
	rm -f "$2"/*
	"${setting[@]}" timeout -s KILL 120 ./privmap -e "$engine" "${changed[@]}" "$python" -c 'import mmap, os, sys
how, file, directory = sys.argv[1:]
os.chdir(directory)
if how == "user":
    os.setgroups([])
    os.setgid(54321)
    os.setuid(54321)
mmap.mmap(os.open(file, os.O_RDONLY), 0, mmap.MAP_SHARED, mmap.PROT_READ)' "$1" "$in" "$2" >"$out" 2>"$err" || return
	cat "$out" "$err"
	stat -c %u "$2"/* 2>/dev/null | sort -u | xargs
}
owner() {
	local want=$1 got
	shift
	got=$(told_by "$@") && echo "$got" && [ "$got" = "$want" ]
}
own_rights() {
	setting=(env PRIVMAP_LOG="info:$1log" PRIVMAP_REPORT="$1report") changed=()
	owner "$2" "${@:3}"
}
chmod 755 "$WORK/mount/x.git"
for engine in preload trace; do
	for name in whole relative; do
		at() { [ "$name" = relative ] || echo "$1/"; }
		check "12: $engine, $name name: what is root's alone is not written by whom root has become" \
			own_rights "$(at "$WORK/roots")" '' user "$WORK/roots"
		check "12: $engine, $name name: its own file, where it may have one" \
			own_rights "$(at "$WORK/all")" "$user" user "$WORK/all"
		check "12: $engine, $name name: root's, while it is root" own_rights "$(at "$WORK/roots")" 0 root "$WORK/roots"
	done
	without_capabilities() {
		setting=(env PRIVMAP_LOG="info:$WORK/users/log" PRIVMAP_REPORT="$WORK/users/report")
		changed=(setpriv --bounding-set=-all)
		owner '' root "$WORK/users" && changed=() && owner 0 root "$WORK/users"
	}
	check "12: $engine: capabilities that root has given up count for nothing" without_capabilities
done

# --- 13 to 16: programs that have shut themselves in ---

shutin=$BUILD/integration/programs/shutin
mkfifo pipe
echo 'rules = ( { path = "*"; action = "leave"; } );' >leave.conf
echo 'nonsense' >wrong.conf
# shut_in WORD ACTION CALLS FILE: runs the program with the library, and prints its answers.
shut_in() {
	LD_PRELOAD=$PWD/libprivmap.so prints "$@"
}
# killed ACTION CALLS FILE: its filter kills it for a call that it does not make itself.
killed() {
	local status=0
	LD_PRELOAD=$PWD/libprivmap.so "$shutin" "$@" >"$out" 2>&1 || status=$?
	[ "$status" -eq $((128 + 31)) ]
}
# left_with VARIABLE=VALUE: the file is not served, and the library makes no call of its own.
left_with() {
	LD_PRELOAD=$PWD/libprivmap.so env "$1" "$shutin" kill '' "$in" >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(cat "$out")" = ENODEV ]
}
asks='fstat readlink'
reads='rt_sigprocmask pread64' # in addition to these
converts='fstat rt_sigprocmask readlink pread64 fstatfs madvise gettid get_robust_list openat ioctl read close'
for name in PRIVMAP_DISABLE=1 PRIVMAP_CONFIG="$PWD/nothing.conf" PRIVMAP_CONFIG="$PWD/leave.conf" \
	PRIVMAP_CONFIG="$PWD/wrong.conf"; do
	check "13: no call where nothing is served: ${name##*/}" left_with "$name"
done
for name in /dev/null "$PWD/pipe" "$PWD"; do
	check "13: fstat(2) alone for what is no file: ${name##*/}" shut_in ENODEV "$shutin" kill fstat "$name"
done
check '14: calls on a file that no rule serves' shut_in ENODEV "$shutin" kill "$asks" "$out_of"
cp "$out_of" "$out_of-index"
check '14: on one whose name says that it may be an index' shut_in ENODEV "$shutin" kill "$asks $reads" "$out_of-index"
check '14: a filter that kills for reading it kills the program' killed kill "$asks" "$out_of-index"
check '14: of one that a rule serves' shut_in mapped "$shutin" kill "$converts" "$in"
cp "$in" "$in.o"
check '14: of another one whose name tells what it is' \
	shut_in $'mapped\nmapped' "$shutin" kill "$converts newfstatat" "$in" "$in.o"
check '14: of another one whose name does not' shut_in $'mapped\nmapped' "$shutin" kill "$converts" "$in" "$in"
check '14: a filter that kills for less kills the program' killed kill "${asks/readlink/}" "$out_of"
check '14: and without a call that a conversion needs' killed kill "${converts/fstatfs/}" "$in"
for action in trap leave; do
	for name in "$in" "$out_of" /dev/null; do
		check "15: a handler of SIGSYS runs: $action, ${name##*/}" shut_in ENODEV "$shutin" "$action" '' "$name"
	done
	check "15: $action: it denies what is not needed" shut_in mapped "$shutin" "$action" "$converts" "$in"
done
# Prints the calls of a program's start, each once.
calls_of() {
	strace -qq -o "$WORK/strace" "$@" true && sed 's/(.*//' "$WORK/strace" | sort -u
}
start_calls() {
	calls_of >"$WORK/without"
	calls_of -E LD_PRELOAD="$PWD/libprivmap.so" >"$WORK/with"
	comm -13 "$WORK/without" "$WORK/with" | paste -s -d ' '
}
few_calls() {
	start_calls | tee "$out"
	grep -qxE '(fstat)?' "$out"
}
check '16: the start makes no other calls than the linker, and fstat(2)' few_calls
t_end
