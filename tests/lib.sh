# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the shell tests of the command and the library share.

# shellcheck source-path=SCRIPTDIR source-path=SCRIPTDIR/.. source=../integration/lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib/lib.sh"

CC=${CC:-cc}
# shellcheck disable=SC2034 # for those who source this
python=$(python3 -c 'import sys; print(sys.executable)') # not the slow script it may be
out=$WORK/out err=$WORK/err

# ends STATUS STDERR COMMAND...: it ends so, its stdout is in $out, and its stderr is exactly one
# line that the pattern STDERR matches as a whole; "": nothing.
ends() {
	local want=$1 pattern=$2 status=0
	shift 2
	"$@" >"$out" 2>"$err" || status=$?
	echo "status $status, wanted $want; stdout, stderr:"
	cat "$out" "$err"
	[ "$status" -eq "$want" ] || return 1
	if [ -z "$pattern" ]; then
		[ ! -s "$err" ]
	else
		[ "$(wc -l <"$err")" -eq 1 ] && grep -qxE -- "$pattern" "$err"
	fi
}

# prints TEXT COMMAND...: it succeeds, with TEXT on stdout and nothing on stderr.
prints() {
	local text=$1
	shift
	ends 0 '' "$@" && diff -u --label wanted --label got <(printf '%s\n' "$text") "$out"
}

# compile FILE [OPTION...]: a program or library FILE from the C text on stdin.
compile() {
	local file=$1
	shift
	"$CC" -o "$file" -x c - "$@"
}

# private COUNT COMMAND...: of the seven mappings that mapkinds makes so many are private. Two are by
# themselves; three more if the file is served.
private() {
	local count=$1
	shift
	"$@" >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(grep -c ': private$' "$out")" -eq "$count" ]
}

# in_own_dev COMMAND...: with a /dev of its own, where a listener may be syslog. Made in the current
# directory; its mounts are seen by nobody else.
in_own_dev() {
	unshare -m sh -eu -c '
		mkdir -p dev
		mount -t tmpfs tmpfs dev
		touch dev/null
		mount --bind /dev/null dev/null
		mount --rbind dev /dev
		"$@"' sh "$@"
}

# syslog_of COMMAND...: prints its exit status, and the one message that syslog gets.
syslog_of() {
	in_own_dev "$python" -c 'import signal, socket, subprocess, sys
signal.alarm(20)
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
child = subprocess.run(sys.argv[1:])
print(child.returncode, log.recv(10000).decode())' "$@"
}
