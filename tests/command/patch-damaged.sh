#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl patch, for hundreds of damaged copies of a static program, with bytes changed or cut
# off. It never crashes; the patched file starts as the damaged one does, and undo restores each
# byte.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=ctl-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/ctl-lib.sh"

mkdir "$WORK/bin"
chmod 755 "$WORK/bin" # the started program may run as nobody
cd "$WORK/bin"
# Not one that reads /proc/self/maps: damaged code may do with other lines what it does with none.
cp "$BUILD/integration/traced/map" whole
head -c 5000 /dev/zero | tr '\0' n >in
"$ctl" patch --dry-run whole >"$out"
if grep -q 'was built without' "$out"; then
	skip 'damaged programs' "$(cat "$out")"
	t_end
fi
# A damaged program that works like the whole one must also do so after the patch. Others may behave
# differently, because they see more memory.
damaged() {
	"$python" - "$ctl" "$1" <<'END'
import os, random, resource, subprocess, sys
ctl, kind = sys.argv[1:]
whole = open("whole", "rb").read()
random.seed(kind)


def tame():
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def start(name):
    try:
        ran = subprocess.run([name, "./in"], capture_output=True, stdin=subprocess.DEVNULL, preexec_fn=tame, timeout=60)
        return ran.returncode, ran.stdout
    except OSError as error:
        return error.errno, b""
    except subprocess.TimeoutExpired:
        return None, b""


def damage(program):
    if kind == "short":
        del program[random.randrange(random.choice((200, 5000, len(program)))):]
    elif kind == "headers":
        program[random.randrange(64 + 56 * 12)] = random.choice((0, 1, 0x7f, 0x80, 0xff, random.randrange(256)))
    elif kind == "byte":
        program[random.randrange(len(program))] ^= 1 << random.randrange(8)
    else:
        for _ in range(50):
            program[random.randrange(len(program))] = random.randrange(256)


right = start("./whole")
assert right[0] == 0, right
patched = same = 0
for i in range(100):
    program = bytearray(whole)
    damage(program)
    with open("damaged", "wb") as file:
        file.write(program)
    os.chmod("damaged", 0o755)
    alone = start("./damaged")
    done = subprocess.run([ctl, "patch", "--no-start", "damaged"], capture_output=True)
    if done.returncode not in (0, 2):
        sys.exit(f"{kind} {i}: patch: {done}")
    if b"it serves itself" in done.stdout:
        patched += 1
        if alone == right:
            same += 1
            if start("./damaged") != right:
                sys.exit(f"{kind} {i}: does something else: {start('./damaged')}")
    undone = subprocess.run([ctl, "patch", "--undo", "damaged"], capture_output=True)
    if undone.returncode not in (0, 2) or open("damaged", "rb").read() != bytes(program):
        sys.exit(f"{kind} {i}: undone: {undone}")
print(f"{patched} patched, {same} of them do the same")
if kind == "byte" and not same:
    sys.exit("no damage is small enough")
END
}
check 'one bit is another' damaged byte
check 'a byte of the headers' damaged headers
check 'many bytes' damaged bytes
check 'cut short' damaged short
t_end
