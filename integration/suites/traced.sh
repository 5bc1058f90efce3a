#!/bin/bash
# SPDX-License-Identifier: MIT
# A traced program notices nothing: compares what it sees, and what its parent and its terminal see
# of it, with a run on a disk without privmap. Then makes the tracer fail, and does everything at
# once. Nothing may be left afterwards. STRESS_ROUNDS: the number of rounds.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../traced/traced-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../traced/traced-lib.sh"

rounds=${STRESS_ROUNDS:-10000}
seconds=$((rounds / 1000)) # of each storm
[ "$seconds" -gt 0 ] || seconds=1

# same PROGRAM FILE [ARGUMENT...]: the same output and end on the disk without privmap and on the
# mount with it, and nothing on stderr.
same() {
	local program=$tools/$1 file=$2 alone=0 traced=0
	shift 2
	limited "$program" "$disk/$file" "$@" >"$WORK/alone" 2>&1 || alone=$?
	privmap "$program" "$mount/$file" "$@" >"$WORK/traced" 2>&1 || traced=$?
	echo "alone $alone, traced $traced"
	diff -u --label alone --label traced "$WORK/alone" "$WORK/traced" &&
		[ -s "$WORK/alone" ] && [ "$alone" -eq "$traced" ] && soon nothing_left
}

check 'alone, nothing can be mapped' ended 1 "$tools/traced/map" "$mount/file-a" "$mount/copy-a"
check 'traced, all is mapped' ended 0 privmap "$tools/traced/map" "$mount"/file-* "$mount"/copy-*

# --- what the program sees ---

check 'the program has the same properties as without privmap' same traced/identity file-a
check '  also with a copy' same traced/identity copy-a
with_files() {
	same traced/identity copy-a 5<"$disk" 7<>"$disk/file-b" 20>"$WORK/written"
}
check '  and has the descriptors it was started with' with_files
odd_start() {
	(
		trap '' USR2 PIPE
		umask 027
		ulimit -n 30 -c 0 -s 4096 && cd "$mount" && same traced/identity copy-a
	)
}
check '  and limits, ignored signals, directory' odd_start
without_stdio() {
	(exec <&- && same traced/identity copy-a)
}
check '  and no descriptor it was started without' without_stdio
for kind in file copy; do
	check "signals arrive with their data, in order, and no others ($kind)" \
		same traced/signals "$kind-a" 300
	check "a call goes on where SIGSTOP and SIGCONT interrupt it ($kind)" \
		same traced/continued "$kind-a"
done
check 'a signal without effect ends no call' same traced/ignored file-a
for kind in file copy; do
	check "calls of other threads go on while one maps at an address ($kind)" \
		same traced/uninterrupted "$kind-a"
done
check 'a child that is not to be traced is served' same traced/untraced file-a
check '  where nothing is refused' ended 0 privmap "$tools/traced/untraced" "$disk/file-a"

same_filter() {
	limited "$tools/traced/filter" "$1" "$disk/$2" >"$WORK/alone"
	privmap "$tools/traced/filter" "$1" "$mount/$2" >"$WORK/traced"
	diff -u "$WORK/alone" "$WORK/traced"
}
for kind in allow errno kill trace1; do
	check "the program's own filter: $kind" same_filter "$kind" file-a
	check '  and a copy is wanted' same_filter "$kind" copy-a
done

# The tracer never takes data of such a filter for that of ours.
for data in 0x7000 0x7001 0x7002 0x7003 0x7004 0x7005 0x7006 0xffff; do
	check "the program's own filter asks a tracer, with $data" same_filter "trace$data" file-a
done

wants_to_trace() {
	privmap "$tools/traced/ptrace" >"$out" 2>"$err" || return
	cat "$out" "$err"
	diff "$out" <(printf '%s: Operation not permitted\n' TRACEME SEIZE) &&
		[ "$(grep -c '^privmap: .*traced/ptrace: cannot trace' "$err")" -eq 2 ] &&
		[ "$(wc -l <"$err")" -eq 2 ]
}
check 'a program that wants to trace gets EPERM' wants_to_trace

# --- what its parent sees ---

# told [-s] FILE HOW
told() {
	local flag=() file how
	[ "$1" != -s ] || { flag=(-s) && shift; }
	file=$1 how=$2
	limited "$tools/traced/wait" "${flag[@]}" "$tools/traced/end" "$disk/$file" "$how" \
		>"$WORK/alone" 2>&1
	limited "$tools/traced/wait" "${flag[@]}" "${trace[@]}" "$tools/traced/end" \
		"$mount/$file" "$how" >"$WORK/traced" 2>&1
	cat "$WORK/alone"
	diff -u "$WORK/alone" "$WORK/traced" && soon nothing_left
}
for how in 0 3 -15 -9 stop; do
	check "the parent gets the same status: $how" told file-a "$how"
done
in_core() {
	(
		mkdir -p "$WORK/core" && cd "$WORK/core" && ulimit -c unlimited &&
			told copy-a -11 && grep -q '^killed 11' "$WORK/alone"
	)
}
check 'the parent hears the same of a core file' in_core
told_of_storm() {
	local args=("$1" 0 8)
	timeout -k 1 120 "$tools/traced/wait" -s "$tools/traced/storm" "$disk/${args[0]}" \
		"${args[@]:1}" >"$WORK/alone"
	timeout -k 1 120 "$tools/traced/wait" -s "${trace[@]}" "$tools/traced/storm" \
		"$mount/${args[0]}" "${args[@]:1}" >"$WORK/traced"
	diff -u "$WORK/alone" "$WORK/traced" &&
		[ "$(grep -c ^stopped "$WORK/traced")" -eq 20 ] &&
		[ "$(grep -c ^continued "$WORK/traced")" -eq 20 ] && soon nothing_left
}
check 'the parent hears of each stop and each continuation, in the middle of mappings' told_of_storm file-a
check '  and of copies' told_of_storm copy-a

python=$(python3 -c 'import sys; print(sys.executable)') # the binary; python3 may be a slow script
on_terminal() {
	limited "$python" "$TOP/integration/traced/terminal.py" running \
		"$tools/traced/storm" "$disk/$1" 0 4 >"$WORK/alone" 2>&1 || return
	limited "$python" "$TOP/integration/traced/terminal.py" running "${trace[@]}" \
		"$tools/traced/storm" "$mount/$1" 0 4 >"$WORK/traced" 2>&1
	cat "$WORK/alone"
	diff -u "$WORK/alone" "$WORK/traced" && grep -qxF '^C: 130' "$WORK/alone" &&
		! grep False "$WORK/alone" && soon nothing_left
}
check 'a job on a terminal: ^Z, bg, fg, ^C, stty' on_terminal file-a
check '  and with copies' on_terminal copy-a

# --- daemons ---

says_result() {
	[ "$(cat "$WORK/result" 2>/dev/null)" = mapped ]
}
# outlived FILE [WRAPPER...]
outlived() {
	local said file=$1
	shift
	rm -f "$WORK/result" "$WORK/result.go"
	# If a process kept the pipe open, this would wait for the daemon, which waits for us.
	said=$(timeout -k 1 120 "$@" "${trace[@]}" "$tools/traced/daemon" "$mount/$file" \
		"$WORK/result" 2>&1) || return
	echo "said: $said"
	[ -z "$said" ] && [ -n "$(ours privmap-trace)" ] && touch "$WORK/result.go" &&
		soon says_result && soon nothing_left
}
check 'a daemon outlives its command, and is served' outlived file-a
check '  and with a copy' outlived copy-a
# shellcheck disable=SC2016 # for the inner shell
if why=$(no_mount_namespace); then
	skip '  where there is no /dev/null' "$why"
else
	check '  where there is no /dev/null' outlived file-a \
		unshare -m sh -c 'mount -t tmpfs none /dev && exec "$@"' sh
fi

busy_nothing() {
	rm -f "$WORK/result" "$WORK/result.go"
	mkdir -p "$WORK/tmpfs" && mount -t tmpfs none "$WORK/tmpfs" || return
	(
		cd "$WORK/tmpfs" && exec 5>held &&
			privmap "$tools/traced/daemon" "$mount/file-a" "$WORK/result" 5>&-
	) || return
	soon umount "$WORK/tmpfs" && touch "$WORK/result.go" && soon says_result && soon nothing_left
}
check 'no directory and no file is kept busy by the tracer' busy_nothing

# --- the tracer ---

killed_tracer() {
	local status=0
	started "${trace[@]}" "$tools/traced/storm" "$mount/$1" 0 16 || return
	kill -KILL "$tracer"
	wait_for "$pid" || status=$?
	echo "status $status"
	[ "$status" -eq 137 ] && soon nothing_left
}
check 'the program dies with its tracer' killed_tracer file-a
unmoved_tracer() {
	local signal status=0
	started "${trace[@]}" "$tools/traced/storm" "$mount/file-a" 2 4 || return
	for signal in HUP INT QUIT TERM USR1 ALRM PIPE XFSZ; do
		kill "-$signal" "$tracer" || return
	done
	wait_for "$pid" || status=$?
	cat "$out"
	[ "$status" -eq 0 ] && soon nothing_left
}
check 'a signal to all processes does not end the tracer' unmoved_tracer
nobody_reads() {
	local status=0
	{ PRIVMAP_LOG=debug limited "$BUILD/privmap" -r -e trace "$tools/traced/map" "$mount/file-a" 2>&1 >"$out" ||
		status=$?
		echo "$status" >"$WORK/status"; } | :
	[ "$(cat "$WORK/status")" -eq 0 ] && grep -q mapped "$out"
}
check 'a log that nobody reads' nobody_reads

# The tracer asks no server about the stderr of a program that starts: it would wait, and with it
# all that it traces.
stopped_server() {
	local server status=0
	mount_refusing "$disk" "$WORK/stopped" || return
	server=$!
	limited "${trace[@]}" "$tools/traced/hung" "$WORK/stopped/stderr" "$server" >"$out" ||
		status=$?
	kill -CONT "$server"
	cat "$out"
	unmount "$WORK/stopped"
	[ "$status" -eq 0 ] && grep -qx 'all ended: 0x0' "$out" && soon nothing_left
}
check 'the tracer waits for no server of a stderr' stopped_server

# --- containers ---

# forbidden CALL PATTERN: prints one clear line, and ends with 125; the program does not run.
forbidden() {
	local status=0
	limited "$tools/programs/deny" "$1" "${trace[@]}" "$tools/traced/map" "$mount/file-a" \
		>"$out" 2>"$err" || status=$?
	cat "$out" "$err"
	[ "$status" -eq 125 ] && [ ! -s "$out" ] && [ "$(wc -l <"$err")" -eq 1 ] &&
		grep -qE "$2" "$err" && soon nothing_left
}
check 'ptrace is forbidden: one line, 125' forbidden ptrace 'tracing is (not permitted|forbidden) here'
check 'seccomp is forbidden: one line, 125' forbidden seccomp 'cannot be filtered \(seccomp: Operation not permitted\)'

traced_already() {
	local status=0
	limited strace -o "$WORK/strace" "${trace[@]}" "$tools/traced/map" "$mount/file-a" \
		>"$out" 2>"$err" || status=$?
	cat "$out" "$err"
	[ "$status" -eq 125 ] && [ "$(wc -l <"$err")" -eq 1 ] && grep -q 'traced already' "$err"
}
check 'traced by another already: one line, 125' traced_already

# conforms PLACE COMMAND...: the conformance suite's answers there, about children and about a first
# thread that ends.
conforms() {
	rm -rf "$1/cases"
	mkdir "$1/cases"
	timeout -k 1 300 "${@:2}" "$tools/conform-static" --only processes,threads.main-ends,threads.handed-around \
		"$1/cases"
}
conforms "$disk" env >"$WORK/conforms"
all_served() {
	limited "$tools/programs/deny" "$1" "${trace[@]}" "$tools/traced/map" \
		"$mount"/file-* "$mount"/copy-* &&
		conforms "$mount" "$tools/programs/deny" "$1" "${trace[@]}" >"$out" &&
		diff -u "$WORK/conforms" "$out" && soon nothing_left
}
for call in pidfd_getfd pidfd_open kcmp process_vm_writev pidfd_getfd,kcmp,process_vm_writev; do
	check "served without $call" all_served "$call"
done
sharing() {
	limited "$tools/traced/sharing" "$disk/file-a" >"$WORK/alone" &&
		limited "$@" "${trace[@]}" "$tools/traced/sharing" "$mount/file-a" >"$WORK/traced" &&
		diff -u "$WORK/alone" "$WORK/traced" && [ "$(grep -c ': Permission denied$' "$WORK/alone")" -eq 2 ]
}
check 'mappings that a child makes in the memory of its maker are guarded' sharing
check '  without kcmp' sharing "$tools/programs/deny" kcmp
closes_all() {
	{ limited "$tools/programs/deny" close_range:ENOSYS "${trace[@]}" "$tools/traced/daemon" "$mount/file-a" \
		"$WORK/result" 20>"$WORK/written"; } 2>&1 | cat >"$out"
	find "/proc/$(ours privmap-trace)/fd" -printf '%l\n' >"$WORK/files"
	touch "$WORK/result.go"
	cat "$out" "$WORK/files"
	[ ! -s "$out" ] && ! grep -e pipe -e written "$WORK/files" && soon nothing_left
}
rm -f "$WORK/result" "$WORK/result.go"
check 'the tracer keeps no file of its command, without close_range' closes_all
alone_in_namespace() {
	limited unshare -pf --mount-proc "${trace[@]}" "$tools/traced/map" "$mount/file-a" \
		"$mount/copy-a" || return
	ended 3 limited unshare -pf --mount-proc "${trace[@]}" "$tools/traced/end" "$mount/file-a" 3 &&
		soon nothing_left
}
same_as_first() {
	limited unshare -pf --mount-proc "$tools/traced/identity" "$disk/copy-a" >"$WORK/alone" &&
		limited unshare -pf --mount-proc "${trace[@]}" "$tools/traced/identity" \
			"$mount/copy-a" >"$WORK/traced" &&
		diff -u "$WORK/alone" "$WORK/traced" &&
		grep -qx 'waits for: No child processes' "$WORK/traced" && soon nothing_left
}
# shellcheck disable=SC2016 # for the inner shell
no_zombie() {
	limited unshare -pf --mount-proc "$BASH" -c '
		"$@" >/dev/null || exit
		for try in {1..3000}; do
			left=$(ps -e -o pid= -o stat= -o comm= | grep -v -e "ps$" -e "grep$" -e "bash$")
			[ -n "$left" ] || exit 0
			sleep 0.02
		done
		echo "left: $left"
		exit 1' sh "${trace[@]}" "$tools/traced/siblings" "$mount/file-a" 32
}
if why=$(no_mount_namespace); then
	skip 'process 1' "$why"
else
	check 'the program may be process 1' alone_in_namespace
	check '  and has the same properties as without privmap, and no other children' same_as_first
	check 'no process and no zombie is left' no_zombie
fi

# A process that adopts the tracer may take its end for that of the command.
reaped() {
	limited "$tools/traced/reaper" "$tools/traced/end" "$disk/file-a" "$1" >"$WORK/alone"
	limited "$tools/traced/reaper" "${trace[@]}" "$tools/traced/end" "$mount/file-a" "$1" \
		>"$WORK/traced"
	cat "$WORK/alone"
	diff -u "$WORK/alone" "$WORK/traced" && soon nothing_left
}
for how in 0 7 -15 -9 -11; do
	check "the tracer ends as its command does: $how" reaped "$how"
done
reaped_after() {
	local status=$1
	shift
	limited "$tools/traced/reaper" "$@" >"$out" 2>"$err"
	cat "$out" "$err"
	diff <(echo "the last one: exit status $status") "$out"
}
check '  where tracing is refused: 125' reaped_after 125 "$tools/programs/deny" ptrace "${trace[@]}" \
	"$tools/traced/end" "$mount/file-a" 7
check '  where seccomp is refused: 125' reaped_after 125 "$tools/programs/deny" seccomp "${trace[@]}" \
	"$tools/traced/end" "$mount/file-a" 7
check '  where the command cannot be run: 126' reaped_after 126 "${trace[@]}" "$WORK/rules"

# --- users ---

user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 711 "$WORK"
chmod 755 "$disk"
mkdir "$WORK/bin"
cp "$BUILD"/privmap "$BUILD"/*.so "$tools"/traced/* "$WORK/bin"
as_user() {
	limited "${user[@]}" "$WORK/bin/privmap" -e trace -- "$@"
}
check 'a user who is not root is served' ended 0 as_user "$WORK/bin/map" "$mount"/file-* "$mount"/copy-*
check '  and its children' ended 0 as_user "$WORK/bin/siblings" "$mount/file-a" 32
# The limit counts all processes of a user, so this is a user that nobody else is.
# shellcheck disable=SC2016 # for the inner shell
crowded() {
	ended 0 limited "$BASH" -c 'ulimit -u 8 && exec "$@"' sh \
		setpriv --reuid=$((1000000 + $$)) --regid=65534 --clear-groups "$WORK/bin/privmap" \
		-e trace -- "$WORK/bin/crowd" "$mount/file-a"
}
check '  also if its processes leave no room for another one' crowded

# --- a thread ends while it is served ---

cut() {
	local want=$1 how=$2
	ended "$want" privmap "$tools/traced/cut" "$mount/copy-slow-c" "$how" && soon nothing_left
}
check 'slow, but served' ended 0 privmap "$tools/traced/map" "$mount/copy-slow-c"
check 'exit while a thread is served' cut 5 exit
check 'SIGKILL while a thread is served' cut 137 kill
check 'exec while a thread is served' cut 7 exec

# --- all at once ---

check 'a child has the ranges of its maker, whatever its parent' ended 0 \
	privmap "$tools/traced/siblings" "$mount/file-a" "$rounds"
check 'exec by a thread while others map' ended 7 privmap "$tools/traced/exec" "$mount/file-a" \
	$((rounds / 40))
check '  and copies' ended 7 privmap "$tools/traced/exec" "$mount/copy-a" $((rounds / 40))

choose_places() {
	local n
	for n in {1..20}; do
		ended 7 privmap "$tools/traced/place" "$mount/$1" || return
	done
}
check 'threads choose addresses at the same moment' choose_places file-a
check '  for copies' choose_places copy-a

storm() {
	timeout -k 1 300 "${trace[@]}" "$tools/traced/storm" "$mount/$1" "$seconds" 64 &&
		soon nothing_left
}
progress "storms, $seconds seconds each"
check '64 threads map and fork' storm file-a
check '  and copies' storm copy-a

stopped_and_continued() {
	local status=0 until=$((SECONDS + seconds))
	started "${trace[@]}" "$tools/traced/storm" "$mount/$1" "$((seconds + 1))" 16 || return
	while [ "$SECONDS" -lt "$until" ]; do
		kill -STOP "$pid" && kill -CONT "$pid" && kill -STOP "$pid" && sleep 0.003
		kill -CONT "$pid" && sleep "0.00$((RANDOM % 10))"
	done
	kill -CONT "$pid"
	wait_for "$pid" || status=$?
	cat "$out"
	[ "$status" -eq 0 ] && soon nothing_left
}
check 'SIGSTOP and SIGCONT, again and again' stopped_and_continued file-a
check '  and copies' stopped_and_continued copy-a

interrupted() {
	local n status
	for ((n = 0; n < rounds / 200; n++)); do
		status=0
		: >"$out" # else this round would see the last output
		setsid env --default-signal=INT "${trace[@]}" "$tools/traced/storm" "$mount/$1" 0 24 \
			>"$out" 2>"$err" &
		pid=$!
		soon grep -q running "$out" || return # before that, it may still ignore the signal
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -INT -- "-$pid"
		wait_for "$pid" || status=$?
		[ "$status" -eq 130 ] || { echo "status $status" && cat "$out" "$err" && return 1; }
	done
	soon nothing_left
}
check '^C at any time' interrupted file-a
check '  and with copies' interrupted copy-a

# A file server that is traced itself: it must never wait for the tracer while the tracer waits for
# it.
# shellcheck disable=SC2016 # for the inner shell
own_server() {
	mkdir -p "$WORK/own" "$WORK/below"
	timeout -k 1 120 "$BUILD/privmap" -e trace --report="$WORK/own/report" "$BASH" -c '
		"$1/refusers/refusefs" "$2" "$3" &
		until grep -qF " $3 " /proc/self/mountinfo; do
			kill -0 $! || exit 90
			sleep 0.02
		done
		for n in {1..20}; do
			"$1/traced/map" "$3"/file-a "$3"/copy-a || exit 91
		done
		"$1/traced/storm" "$3/copy-b" 2 32 || exit 92
		umount "$3" && wait' sh "$tools" "$disk" "$WORK/own" >"$out" 2>&1
}
check 'a file server and its clients under one tracer' own_server
check '  nothing is left' soon nothing_left
t_end
