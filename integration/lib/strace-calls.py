# SPDX-License-Identifier: MIT
"""Reads traces that strace -ff -y wrote, one file PREFIX.TID for each thread, and judges them:

conversions PREFIX BELOW REPORT
	each refused candidate on a file below BELOW is followed, in its thread, by one MAP_PRIVATE
	call with all other arguments equal, and between them by nothing but working memory that
	privmap takes for itself; there are no others; as many as REPORT says
same A B [LIBRARY]
	two runs made the same calls, except those for loading LIBRARY
between A B
	two runs made the same calls between the two calls of getppid()

Prints the differences, and then exits with 1."""

import bisect
import difflib
import glob
import json
import os
import re
import sys

CALL = re.compile(r"(\w+)\((.*)\)\s+= (\S+)(?: (\w+))?")
MMAP = re.compile(r"(\w+), (\d+), ([\w|]+), ([\w|]+), (-?\d+)(?:<(.*)>(?:\(deleted\))?)?, (\w+)$")


def threads(prefix):
    """The calls of each thread as (name, arguments, result, errno), in the order of creation."""
    files = glob.glob(glob.escape(prefix) + ".[0-9]*")
    if not files:
        sys.exit("no trace " + prefix)
    for name in sorted(files, key=lambda name: int(name.rsplit(".", 1)[1])):
        with open(name, errors="surrogateescape") as trace:
            yield [CALL.match(line).groups() for line in trace if CALL.match(line)]


def mapped(call):
    """An mmap's arguments by name, or None."""
    match = MMAP.match(call[1]) if call[0] == "mmap" else None
    if not match:
        return None
    names = ("hint", "length", "protection", "flags", "fd", "path", "offset")
    found = dict(zip(names, match.groups()))
    found["flags"] = set(found["flags"].split("|"))
    return found


SHARED = {"MAP_SHARED", "MAP_SHARED_VALIDATE"}


def is_candidate(call, below):
    found = mapped(call)
    return (found and (found["path"] or "").startswith(below) and found["flags"] & SHARED
            and "PROT_WRITE" not in found["protection"])


def is_own_memory(found):
    """True for privmap's own memory: at any address, or far from all others (memory.c)."""
    return "MAP_ANONYMOUS" in found["flags"] and (
        found["hint"] == "NULL" or {"MAP_GROWSDOWN", "MAP_FIXED_NOREPLACE"} <= found["flags"])


def private(found):
    """The call that must follow a refused one."""
    return dict(found, flags=found["flags"] - SHARED | {"MAP_PRIVATE"})


def conversions(prefix, below, report):
    wrong, count, taken = [], 0, 0
    for calls in threads(prefix):
        expected, own = None, set()
        for call in calls:
            name, arguments, result, _ = call
            found = mapped(call)
            if expected and found == expected and result != "-1":
                expected = None
                count += 1
            elif expected and found and is_own_memory(found):
                own.add(result)
                taken += 1
            elif expected and name == "munmap" and arguments.split(",")[0] in own:
                own.remove(arguments.split(",")[0])
            elif expected:
                wrong.append("after a refusal: %s(%s) = %s" % (name, arguments, result))
                expected = None
            elif is_candidate(call, below) and result == "-1":
                expected, own = private(mapped(call)), set()
            elif is_candidate(call, below):
                wrong.append("not refused: mmap(%s)" % arguments)
            elif found and (found["path"] or "").startswith(below):
                wrong.append("not after a refusal: mmap(%s)" % arguments)
        if expected:
            wrong.append("a refusal at the end")
    told = 0
    if os.path.exists(report):
        with open(report) as lines:
            told = sum(json.loads(line)["converted"] for line in lines)
    if taken > 4:
        wrong.append("working memory was taken %d times, not once" % taken)
    if not count or told != count:
        wrong.append("%d refused, %d reported" % (count, told))
    return wrong


class Places:
    """Names for addresses, equal in two runs: the number of the mapping, and the offset in it."""

    def __init__(self):
        self.starts, self.regions = [], {}
        self.count = 0

    def add(self, address, length, name):
        # A region that was there under another name no longer matters.
        if address not in self.regions:
            bisect.insort(self.starts, address)
        self.regions[address] = (length, name)

    def new(self):
        self.count += 1
        return "map-%d" % self.count

    def name(self, address):
        """The name and the offset; None for mappings that the kernel made before the program began."""
        for start in reversed(self.starts[:bisect.bisect_right(self.starts, address)]):
            length, name = self.regions[start]
            if address < start + length:
                return name, address - start
        return None, 0


TEMPORARY = re.compile(r"/\.tmp\w+")


def readable(calls, places, library):
    """One line for each call, without differences between any two runs: addresses, temporary names."""
    for call, arguments, result, errno in calls:
        words = arguments.split(", ")
        address = int(words[0], 16) if words[0].startswith("0x") else None
        length = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        found = mapped((call, arguments))
        where, offset = places.name(address) if address is not None else (None, 0)
        if library and (where == library or (found and library in (found["path"] or ""))):
            if result.startswith("0x"):
                places.add(int(result, 16), length, library)
            continue
        if address is not None:
            words[0] = "%s+%d" % (where or "program", offset)
        if call == "mremap" and result.startswith("0x"):
            length = int(words[2])
        if result.startswith("0x"):
            # A part of a mapping that is mapped over keeps the mapping's name.
            if not ("MAP_FIXED" in arguments and where):
                where = places.new()
                places.add(int(result, 16), length, where)
            result = where
        yield TEMPORARY.sub("/.tmp", "%s(%s) = %s %s" % (call, ", ".join(words), result, errno or ""))


def run(prefix, library=None):
    places, lines = Places(), []
    for number, calls in enumerate(threads(prefix)):
        lines.append("thread %d" % number)
        lines.extend(readable(calls, places, library))
    return lines


def difference(a, b):
    return list(difflib.unified_diff(a, b, "without", "with", lineterm="", n=1))


def same(a, b, library=None):
    without = run(a)
    if not any("MAP_SHARED" in line for line in without):
        return ["no shared mapping in the trace: nothing was tested"]
    return difference(without, run(b, library))


def between(a, b):
    parts = []
    for prefix in (a, b):
        (calls,) = threads(prefix)
        marks = [n for n, call in enumerate(calls) if call[0] == "getppid"]
        parts.append(list(readable(calls[marks[0] + 1:marks[-1]], Places(), None)))
    if not parts[0]:
        return ["no calls between the marks: nothing was tested"]
    return difference(*parts)


if __name__ == "__main__":
    judge = {"conversions": conversions, "same": same, "between": between}[sys.argv[1]]
    found = judge(*sys.argv[2:])
    print("\n".join(found))
    sys.exit(1 if found else 0)
