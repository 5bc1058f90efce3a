#!/bin/bash
# SPDX-License-Identifier: MIT
# privmap --report stays between its command and its own parent. Signals, stops, the terminal and
# open files work as without it, with both engines.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cat >"$WORK/supervised.py" <<'END'
import os, pty, select, signal, subprocess, sys, time

what, privmap = sys.argv[1], sys.argv[2:]


def state(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0].upper()
    except OSError:
        return None


def until(holds):
    end = time.time() + 60
    while not holds():
        assert time.time() < end, (state(child), state(process.pid))
        time.sleep(0.02)


def start(script):
    global process, child
    process = subprocess.Popen(privmap + ["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())


def ends(status, text=""):
    out, err = process.communicate("x\n", timeout=60)
    assert process.returncode == status and text in out and err == "privmap: nothing was refused\n", \
        (process.returncode, out, err)


def signals():
    for number in "TERM", "HUP", "INT", "USR1", "ALRM", "RTMIN+3":
        start(f"trap 'echo got; exit 5' {number}; echo $$; while :; do sleep 0.05; done")
        number = signal.SIGRTMIN + 3 if "+" in number else getattr(signal, "SIG" + number)
        process.send_signal(number)
        ends(5, "got\n")


def deaths():
    for number in signal.SIGTERM, signal.SIGKILL, signal.SIGABRT:
        start("ulimit -c 0; echo $$; read x")
        os.kill(child, number)
        ends(-number)


def stops():
    start("echo $$; read x")
    for stop in signal.SIGSTOP, signal.SIGTSTP:
        os.kill(child, stop)
        until(lambda: state(process.pid) == "T")
        process.send_signal(signal.SIGCONT)
        until(lambda: state(child) == "S" and state(process.pid) == "S")
    process.send_signal(signal.SIGTSTP)
    until(lambda: state(process.pid) == "T" and state(child) == "T")
    process.send_signal(signal.SIGCONT)
    ends(0)


def killed():
    start("echo $$; exec sleep 1000")
    process.kill()
    until(lambda: state(child) in (None, "Z"))


def files():
    """Who reads its output sees the end when the command closes it."""
    start("echo $$; exec >&-; read x")
    assert process.stdout.read() == "" and process.poll() is None
    ends(0)


def ignored():
    """A SIGCHLD that is ignored takes no exit status from it; and is ignored by the command, too."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    read, write = os.pipe()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            os.execv(privmap[0], privmap + ["sh", "-c", "grep SigIgn /proc/$$/status; exit 6"])
        os.write(write, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
        os._exit(0)
    assert os.read(read, 10) == b"6"


def terminal():
    pid, end = pty.fork()
    if pid == 0:
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    seen = b""

    def sees(text):
        nonlocal seen
        limit = time.time() + 60
        while text not in seen:
            assert time.time() < limit, seen
            if select.select([end], [], [], 1)[0]:
                seen += os.read(end, 4096)
        seen = seen[seen.index(text) + len(text):]

    def types(text):
        os.write(end, text)

    command = " ".join(privmap).encode() + b" sh -c '%s'; echo ended $?\n"
    types(b"stty -echo; PS1=; echo rea''dy\n")
    sees(b"ready")
    # One ^C sends one signal.
    types(command % b'n=0; trap "n=1\\$n" INT; echo began; read x; read x; echo n=$n; exit 3')
    sees(b"began")
    types(b"\x03")
    time.sleep(0.5)
    types(b"x\nx\n")
    sees(b"n=10\r\n")
    sees(b"ended 3")
    types(command % b"echo began; read x; echo woke")
    sees(b"began")
    types(b"\x1a")
    sees(b"Stopped")
    types(b"fg\n")
    time.sleep(0.5)
    types(b"x\n")
    sees(b"woke")
    types(b"exit\n")


globals()[what]()
END
for engine in preload trace; do
	for what in signals deaths stops killed files ignored terminal; do
		check "$engine: $what" timeout 600 "$python" "$WORK/supervised.py" "$what" "$BUILD/privmap" -e "$engine" -r
	done
	# A signal that it sends to itself does not kill the first process of a pid namespace.
	if unshare --pid --fork --mount-proc true 2>"$WORK/unshare"; then
		check "$engine: the first process of a pid namespace" ends 139 '.*' \
			unshare --pid --fork --mount-proc "$BUILD/privmap" -e "$engine" -r sh -c 'kill -s SEGV $$'
	else
		skip "$engine: the first process of a pid namespace" "$(cat "$WORK/unshare")"
	fi
done
t_end
