# SPDX-License-Identifier: MIT
"""Jobs for libgit2 through pygit2, each printing what git itself prints for the same:
clone URL DIR | fetch DIR | log DIR [REV] | status DIR | diff DIR | objects DIR
PACK_WINDOW: the number of bytes of a pack that are mapped at once.
For the python that clients/pygit2.sh prepares."""

import os
import sys

import pygit2
from pygit2 import enums

# The system's own git configuration is not part of the test (HOME is the script's already).
for level in (enums.ConfigLevel.SYSTEM, enums.ConfigLevel.PROGRAMDATA, enums.ConfigLevel.XDG):
    pygit2.settings.search_path[level] = ""

if "PACK_WINDOW" in os.environ:
    pygit2.settings.mwindow_size = int(os.environ["PACK_WINDOW"])

out = sys.stdout.buffer


def clone(url, path):
    pygit2.clone_repository(url, path)


def fetch(path):
    pygit2.Repository(path).remotes["origin"].fetch()


def signature(who):
    sign = "-" if who.offset < 0 else "+"
    zone = "%s%02d%02d" % ((sign,) + divmod(abs(who.offset), 60))
    return b"%s <%s> %d %s" % (who.raw_name, who.raw_email, who.time, zone.encode())


def log(path, rev="HEAD"):
    """git log --format=raw"""
    repo = pygit2.Repository(path)
    first = True
    for commit in repo.walk(repo.revparse_single(rev).id, enums.SortMode.TIME):
        if not first:
            out.write(b"\n")
        first = False
        out.write(b"commit %s\ntree %s\n" % (str(commit.id).encode(), str(commit.tree_id).encode()))
        for parent in commit.parent_ids:
            out.write(b"parent %s\n" % str(parent).encode())
        out.write(b"author %s\n" % signature(commit.author))
        out.write(b"committer %s\n\n" % signature(commit.committer))
        for line in commit.raw_message.rstrip(b"\n").split(b"\n"):
            out.write(b"    %s\n" % line)


STATUS = enums.FileStatus
INDEX = {STATUS.INDEX_NEW: "A", STATUS.INDEX_MODIFIED: "M", STATUS.INDEX_DELETED: "D",
         STATUS.INDEX_TYPECHANGE: "T"}
WORKTREE = {STATUS.WT_MODIFIED: "M", STATUS.WT_DELETED: "D", STATUS.WT_TYPECHANGE: "T"}


def letter(flags, table):
    return next((char for flag, char in table.items() if flags & flag), " ")


def status(path):
    """git status --porcelain --no-renames --untracked-files=all -z"""
    untracked = []
    for name, flags in sorted(pygit2.Repository(path).status().items()):
        if flags & STATUS.WT_NEW:
            untracked.append("?? %s\0" % name)
        else:
            entry = "%s%s %s\0" % (letter(flags, INDEX), letter(flags, WORKTREE), name)
            out.write(entry.encode())
    out.write("".join(untracked).encode())


def diff(path):
    """git diff"""
    for patch in pygit2.Repository(path).diff():
        out.write(patch.data)


KIND = {enums.ObjectType.COMMIT: "commit", enums.ObjectType.TREE: "tree",
        enums.ObjectType.BLOB: "blob", enums.ObjectType.TAG: "tag"}


def objects(path):
    """git cat-file --batch-all-objects --batch-check, but all of each is read"""
    odb = pygit2.Repository(path).odb
    for name in sorted({str(oid) for oid in odb}):
        kind, data = odb.read(name)
        out.write(b"%s %s %d\n" % (name.encode(), KIND[kind].encode(), len(data)))


if __name__ == "__main__":
    jobs = {job.__name__: job for job in (clone, fetch, log, status, diff, objects)}
    jobs[sys.argv[1]](*sys.argv[2:])
