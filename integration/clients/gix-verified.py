# SPDX-License-Identifier: MIT
"""gix-verified.py FILE DIR: FILE is what "gix --format json verify --statistics" printed for the
repository DIR. Has it verified as many objects, of all kinds, as git counts there in packs?"""

import json
import subprocess
import sys

KINDS = ("num_blobs", "num_commits", "num_tags", "num_trees")


def counts(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key in KINDS:
                yield value
            else:
                yield from counts(value)
    elif isinstance(node, list):
        for value in node:
            yield from counts(value)


with open(sys.argv[1]) as file:
    verified = sum(counts(json.load(file)))
lines = subprocess.check_output(["git", "-C", sys.argv[2], "count-objects", "-v"], text=True)
counted = int(dict(line.split(": ") for line in lines.splitlines())["in-pack"])
print("gix verified", verified, "and git counts", counted)
sys.exit(verified != counted)
