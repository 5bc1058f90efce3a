# SPDX-License-Identifier: MIT
"""What GitPython reads of a repository DIR with GitDB, which maps packs through smmap; git itself
only lists the commits. Prints, as git does, the log (log --format=raw), the tree of HEAD
(ls-tree -r -t -z, sorted), and of every object the name that its content has, the type, the size
(cat-file --batch-check)."""

import hashlib
import os
import sys

import git
import gitdb
from git.objects.util import altz_to_utctz_str

out = sys.stdout.buffer


def signature(who, date, zone):
    return ("%s <%s> %d %s" % (who.name, who.email, date, altz_to_utctz_str(zone))).encode()


def log(repo):
    for n, commit in enumerate(repo.iter_commits("HEAD")):
        out.write(b"\n" if n else b"")
        out.write(b"commit %s\ntree %s\n" % (commit.hexsha.encode(), commit.tree.hexsha.encode()))
        for parent in commit.parents:
            out.write(b"parent %s\n" % parent.hexsha.encode())
        out.write(b"author %s\n" % signature(
            commit.author, commit.authored_date, commit.author_tz_offset))
        out.write(b"committer %s\n\n" % signature(
            commit.committer, commit.committed_date, commit.committer_tz_offset))
        for line in commit.message.encode().rstrip(b"\n").split(b"\n"):
            out.write(b"    %s\n" % line)


def tree(repo):
    entries = [b"%06o %s %s\t%s\0" % (entry.mode, entry.type.encode(), entry.hexsha.encode(),
                                      os.fsencode(entry.path))
               for entry in repo.head.commit.tree.traverse()]
    out.write(b"".join(sorted(entries)))


def objects(repo):
    for name in sorted(repo.odb.sha_iter()):
        stream = repo.odb.stream(name)
        content = stream.read()
        read = hashlib.sha1(b"%s %d\0" % (stream.type, len(content)) + content).hexdigest()
        out.write(b"%s %s %d\n" % (read.encode(), stream.type, stream.size))


repository = git.Repo(sys.argv[1], odbt=gitdb.GitDB)
log(repository)
tree(repository)
objects(repository)
