# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Shared by the shell tests of the command and the library.

# shellcheck source-path=SCRIPTDIR source-path=SCRIPTDIR/.. source=../integration/lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib/lib.sh"

CC=${CC:-cc}
# shellcheck disable=SC2034 # for those who source this
python=$(python3 -c 'import sys; print(sys.executable)') # the binary; python3 may be a slow script
out=$WORK/out err=$WORK/err

# ends STATUS STDERR COMMAND...: it ends with STATUS, and its stderr is exactly one line, which the
# pattern STDERR matches as a whole; "": nothing. $out gets its stdout.
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

# compile FILE [OPTION...]: makes a program or library FILE from the C text on stdin.
compile() {
	local file=$1
	shift
	"$CC" -o "$file" -x c - "$@"
}

# private COUNT COMMAND...: of the seven mappings of mapkinds, COUNT are private. Two always are;
# three more if the file is served.
private() {
	local count=$1
	shift
	"$@" >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(grep -c ': private$' "$out")" -eq "$count" ]
}

# in_own_dev COMMAND...: runs it with a private /dev, made in the current directory, where a
# listener can be syslog. No other process sees the mounts.
in_own_dev() {
	unshare -m sh -eu -c '
		mkdir -p dev
		mount -t tmpfs tmpfs dev
		touch dev/null
		mount --bind /dev/null dev/null
		mount --rbind dev /dev
		"$@"' sh "$@"
}

# syslog_of COMMAND...: prints its exit status, and the one message that it sends to syslog.
syslog_of() {
	in_own_dev "$python" -c 'import signal, socket, subprocess, sys
signal.alarm(20)
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
child = subprocess.run(sys.argv[1:])
print(child.returncode, log.recv(10000).decode())' "$@"
}
