# SPDX-License-Identifier: MIT
"""dulwich clones URL to DIR, and reads the clone. Prints, as git does, the log
(log --format=raw), the tree of HEAD (ls-tree -r -t -z, sorted), and of every object the name that
its content has, the type, the size (cat-file --batch-check)."""

import hashlib
import sys

from dulwich import porcelain
from dulwich.repo import Repo

out = sys.stdout.buffer


def log(repo):
    for n, entry in enumerate(repo.get_walker()):
        headers, _, message = entry.commit.as_raw_string().partition(b"\n\n")
        out.write(b"\n" if n else b"")
        out.write(b"commit %s\n%s\n\n" % (entry.commit.id, headers))
        for line in message.rstrip(b"\n").split(b"\n"):
            out.write(b"    %s\n" % line)


def tree(repo):
    entries = []
    top = repo[repo.head()].tree
    for path, mode, name in repo.object_store.iter_tree_contents(top, include_trees=True):
        if path:
            kind = repo[name].type_name
            entries.append(b"%06o %s %s\t%s\0" % (mode, kind, name, path))
    out.write(b"".join(sorted(entries)))


def objects(repo):
    for name in sorted(repo.object_store):
        thing = repo.object_store[name]
        content = thing.as_raw_string()
        read = hashlib.sha1(b"%s %d\0" % (thing.type_name, len(content)) + content).hexdigest()
        out.write(b"%s %s %d\n" % (read.encode(), thing.type_name, len(content)))


url, directory = sys.argv[1:]
porcelain.clone(url, directory, errstream=porcelain.NoneStream()).close()
with Repo(directory) as clone:
    log(clone)
    tree(clone)
    objects(clone)
