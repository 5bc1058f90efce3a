#!/bin/bash
# SPDX-License-Identifier: MIT
# Counts what a patcher for aarch64 would find in static programs: system calls (svc) that map, and
# whether a branch (b, 4 bytes, which reaches 128 MiB) can replace the one instruction before each.
# aarch64-sites.sh [PROGRAM]...: looks at these; by default downloads bash and busybox of Debian 12
# and a Go program.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=guest/aarch64/bookworm.sh
. "$here/guest/aarch64/bookworm.sh"

programs=("$@")
if [ $# -eq 0 ]; then
	work=$(mktemp -d)
	trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
	bookworm "$work" arm64
	download "$work/debs" bash-static:arm64 busybox-static:arm64
	unpack "$work" "$work/debs"
	(cd "$work" && GOPATH=$work/go GOCACHE=$work/cache GOFLAGS=-modcacherw GOARCH=arm64 CGO_ENABLED=0 \
		go install mvdan.cc/sh/v3/cmd/shfmt@v3.8.0 2>"$work/log") || cat "$work/log" >&2
	programs=("$work/bin/bash-static" "$work/bin/busybox" "$work/go/bin/linux_arm64/shfmt")
fi
python3 - "${programs[@]}" <<'END'
import bisect, os, struct, sys

NAMES = {222: "mmap", 215: "munmap", 216: "mremap", 226: "mprotect"}
SVC = 0xD4000001


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def branch(word, at):
    """The target of the direct branch or call at an address, or None."""
    if word & 0x7C000000 == 0x14000000:  # b, bl
        return at + 4 * signed(word & 0x3FFFFFF, 26)
    if word & 0xFF000010 == 0x54000000 or word & 0x7E000000 == 0x34000000:  # b.cond, cbz
        return at + 4 * signed(word >> 5 & 0x7FFFF, 19)
    if word & 0x7E000000 == 0x36000000:  # tbz
        return at + 4 * signed(word >> 5 & 0x3FFF, 14)
    return None


def ends(word):
    """What comes before says nothing of what comes behind: br, blr, ret, b, bl, svc."""
    return word & 0xFE000000 == 0xD6000000 or word & 0x7C000000 == 0x14000000 or word == SVC


def depends_on_place(word):
    return word & 0x1F000000 == 0x10000000 or word & 0x3B000000 == 0x18000000  # adr, ldr of a literal


def number(words, i):
    """What is in x8 at a svc: "9", "argument" (moved from another register), "" (unknown)."""
    for j in range(i - 1, max(i - 32, -1), -1):
        word = words[j]
        if word & 0x7FE0001F == 0x52800008:  # mov $N
            return str(word >> 5 & 0xFFFF)
        if word & 0x7FE0FFFF == 0x2A0003E8 or word & 0xFFC003FF == 0xF94003E8:  # mov, ldr from the stack
            return "argument"
        if ends(word):
            break
    return ""


def look_at(name):
    bytes_ = open(name, "rb").read()
    assert bytes_[:5] == b"\x7fELF\x02" and struct.unpack_from("<H", bytes_, 18)[0] == 183, name
    start, = struct.unpack_from("<Q", bytes_, 32)
    code = []
    for i in range(struct.unpack_from("<H", bytes_, 56)[0]):
        kind, flags, offset, address, _, size = struct.unpack_from("<IIQQQQ", bytes_, start + 56 * i)
        if kind == 1 and flags & 1:
            code.append((address, struct.unpack_from(f"<{size // 4}I", bytes_, offset)))
    targets = sorted(t for address, words in code for i, word in enumerate(words)
                     if (t := branch(word, address + 4 * i)) is not None)
    found = dict.fromkeys(("svc", "maps", "argument", "unknown", "window", "moved", "entered", "none"), 0)
    for address, words in code:
        for i, word in enumerate(words):
            if word != SVC:
                continue
            found["svc"] += 1
            known = number(words, i)
            if known and known != "argument" and int(known) not in NAMES:
                continue
            found["maps" if known.isdigit() else known or "unknown"] += 1
            if not known:
                continue
            before = words[i - 1]
            k = bisect.bisect_left(targets, address + 4 * i)
            if k < len(targets) and targets[k] == address + 4 * i:
                found["entered"] += 1
            elif ends(before) or branch(before, 0) is not None:
                found["none"] += 1
            elif depends_on_place(before):
                found["moved"] += 1
            else:
                found["window"] += 1
    print("| {} | {} | {} | {} | {} | {} | {} | {} |".format(
        os.path.basename(name), found["svc"], found["maps"], found["argument"], found["unknown"],
        found["window"], found["moved"], found["entered"] + found["none"]))


print("| program | svc | that map | number an argument | unknown | window | window to be changed | no window |")
print("|---|---|---|---|---|---|---|---|")
for name in sys.argv[1:]:
    look_at(name)
END
