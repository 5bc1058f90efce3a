# SPDX-License-Identifier: MIT
"""terminal.py RUNNING COMMAND...: COMMAND as a job of an interactive shell on a new terminal.
COMMAND prints RUNNING and goes on until ^C. This stops it by ^Z, continues it in the background and in
the foreground, and ends it by ^C; prints what the shell and the terminal show of it."""

import os
import pty
import re
import select
import shlex
import sys
import termios
import time

SECONDS = 20


def read_until(terminal, pattern):
    """Reads everything up to the pattern; None if it does not come."""
    text = ""
    end = time.monotonic() + SECONDS
    while not re.search(pattern, text):
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            sys.exit(f"{pattern} did not come, but {text!r}")
        text += os.read(terminal, 4096).decode()
    return text


def send(terminal, text, pattern):
    os.write(terminal, text.encode())
    return read_until(terminal, pattern)


def settings(terminal):
    return termios.tcgetattr(terminal)


def main():
    running, *command = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.environ["PS1"] = "<>"
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    prompt = "<>$"
    read_until(terminal, prompt)
    send(terminal, "stty -echo\n", prompt)
    before = settings(terminal)
    send(terminal, shlex.join(command) + "\n", running)
    print("^Z:", "Stopped" in send(terminal, "\x1a", prompt))
    print("jobs:", "Stopped" in send(terminal, "jobs\n", prompt))
    send(terminal, "bg\n", prompt)
    time.sleep(0.2)
    print("bg:", "Running" in send(terminal, "jobs\n", prompt))
    os.write(terminal, b"fg\n")
    read_until(terminal, re.escape(command[-1]))
    time.sleep(0.2)
    print("^Z:", "Stopped" in send(terminal, "\x1a", prompt))
    os.write(terminal, b"fg\n")
    read_until(terminal, re.escape(command[-1]))
    time.sleep(0.2)
    send(terminal, "\x03", prompt)
    print("^C:", re.search(r"status (\d+)", send(terminal, "echo status $?\n", prompt))[1])
    print("terminal is as it was:", settings(terminal) == before)
    os.write(terminal, b"exit 3\n")
    print("shell:", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
