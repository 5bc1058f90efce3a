#!/bin/bash
# SPDX-License-Identifier: MIT
# privmap's log, report and stderr may be any kind of file: no program gets a signal for it, and none
# waits.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=messages-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/messages-lib.sh"

# limited COMMAND...: no file may grow (RLIMIT_FSIZE); a write would send SIGXFSZ.
limited() {
	(ulimit -f 0 && "$@" 2>>stderr-file) | cat
	[ "${PIPESTATUS[0]}" -eq 0 ] && [ ! -s stderr-file ]
}
: >stderr-file
way=(preloaded)
for variable in PRIVMAP_REPORT="$WORK/report" PRIVMAP_LOG="debug:$WORK/report" PRIVMAP_REPORT=1 \
	PRIVMAP_LOG=debug PRIVMAP_LOG=wrong; do
	check "a limit for files kills nobody: $variable" limited preloaded env "$variable" "$mapkinds" "$in"
	check '  nor who is traced' limited env "$variable" "$privmap" -e trace "$mapkinds" "$in"
done
check '  nor privmap -v' limited "$privmap" -v "$mapkinds" "$in"
rm -f report
of_its_own() {
	preloaded env PRIVMAP_LOG="info:$WORK/report" "$python" -c 'from maps import *
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGXFSZ])
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
shared(os.environ["IN"])
assert signal.SIGXFSZ not in signal.sigpending()
signal.raise_signal(signal.SIGXFSZ)
shared(os.environ["IN"])
assert signal.SIGXFSZ in signal.sigpending()'
}
check '  and a signal that the program waits with stays' of_its_own
rm -f report

cat >tells.py <<-'END'
	# tells.py KIND COMMAND...: COMMAND, with KIND as stderr, must end although nobody reads
	# that. Prints what it has written.
	import fcntl, os, pty, signal, socket, subprocess, sys, termios
	kind, command = sys.argv[1], sys.argv[2:]
	size, before = 0, None
	if kind.startswith("pipe"):
	    reads, writes = os.pipe()
	    if kind != "pipe":
	        os.write(writes, b"." * int(kind[5:]))
	elif kind.startswith("socket"):
	    pair = socket.socketpair()
	    reads, writes = (end.detach() for end in pair)
	    if kind == "socket-full":
	        os.set_blocking(writes, False)
	        try:
	            while True: os.write(writes, b"." * 1000)
	        except BlockingIOError: pass
	        os.set_blocking(writes, True)
	else:
	    reads, writes = pty.openpty()
	    settings = termios.tcgetattr(writes)
	    settings[1] &= ~termios.OPOST
	    settings[3] |= termios.TOSTOP
	    termios.tcsetattr(writes, termios.TCSANOW, settings)
	    if kind == "terminal-stopped":
	        termios.tcflow(writes, termios.TCOOFF)
	def background():
	    if kind != "terminal": return
	    # A new session with that terminal; the command is in its background.
	    os.setsid()
	    fcntl.ioctl(writes, termios.TIOCSCTTY, 0)
	    child = os.fork()
	    if child:
	        _, status = os.waitpid(child, os.WUNTRACED)
	        os._exit(100 if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status))
	    os.setpgid(0, 0)
	process = subprocess.Popen(command, stderr=writes, stdout=subprocess.DEVNULL, preexec_fn=background)
	try:
	    status = process.wait(30)
	except subprocess.TimeoutExpired:
	    process.kill()
	    sys.exit("hangs")
	os.set_blocking(reads, False)
	text = b""
	try:
	    while True:
	        more = os.read(reads, 65536)
	        if not more: break
	        text += more
	except OSError: pass
	sys.stdout.buffer.write(text.lstrip(b"."))
	sys.exit(status)
END
# told KIND PATTERN COMMAND...: it has written a line that matches, and others only after it; "":
# nothing.
told() {
	local kind=$1 pattern=$2
	shift 2
	"$python" tells.py "$kind" "$@" >"$out" || return
	tail -c 300 "$out"
	if [ -z "$pattern" ]; then
		[ ! -s "$out" ]
	else
		head -n 1 "$out" | grep -qxE -- "$pattern"
	fi
}
deep=$WORK/mount/$(printf 'd%.0s' {1..200})/$(printf 'd%.0s' {1..200})
mkdir -p "$deep"
for n in {1..15}; do
	cp "$out_of" "$deep/$n"
done
export DEEP=$deep
many=("$python" -c 'from maps import *
for n in range(15): shared(os.environ["DEEP"] + f"/{n + 1}")')
# The report of a single program is one line that names each file; it is cut if it is too long.
whole='privmap: .*, 15 left: .*/15 \(no rule .*\)' cut='privmap: .*, 15 left: .*/1 \(no rule .* \.\.\.'
line=$line_out
for way in "env LD_PRELOAD=$BUILD/libprivmap.so PRIVMAP_REPORT=1" "$privmap -r -e trace"; do
	# shellcheck disable=SC2206 # words
	way=($way)
	name=${way[0]##*/}
	check "$name: a report on a pipe" told pipe "$line" "${way[@]}" "$mapkinds" "$out_of"
	check "$name:   a long one is whole where there is room" \
		told pipe "$whole" "${way[@]}" "${many[@]}"
	check "$name:   and cut where there is not" \
		told pipe-60000 "$cut" "${way[@]}" "${many[@]}"
	check "$name:   no more than there is room for" told pipe-65536 '' "${way[@]}" "${many[@]}"
	check "$name: on a socket" told socket "$line" "${way[@]}" "$mapkinds" "$out_of"
	check "$name:   a full one is not waited for" told socket-full '' "${way[@]}" "$mapkinds" "$out_of"
	check "$name: on a terminal, in its background" told terminal "$line" "${way[@]}" "$mapkinds" "$out_of"
	check "$name:   one that was stopped is not waited for" \
		told terminal-stopped '' "${way[@]}" "$mapkinds" "$out_of"
	line='privmap: 0 converted \(0 bytes\), 5 left'
	whole='privmap: 0 converted \(0 bytes\), 15 left' cut=$whole
done
check 'privmap -v: a full pipe is not waited for' told pipe-65536 '' "$privmap" -v "$mapkinds" "$out_of"
way=(preloaded)
t_end
