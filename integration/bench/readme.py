# SPDX-License-Identifier: MIT
"""readme.py BENCH.tsv README.md: writes the cost of privmap, in three sentences, between README.md's
two marks."""

import sys
import textwrap

import bench

FIRST, LAST = "<!-- written by make bench -->", "<!-- end of make bench -->"


class Figures:
    """Finds rows by topic and label. Without one of them, these sentences cannot be written."""

    def __init__(self, topics):
        self.rows = {(topic.name, row.label.strip()): row for topic in topics for row in topic.rows}

    def row(self, topic, label):
        row = self.rows.get((topic, label))
        if row is None or row.figure is None:
            raise SystemExit("not measured: %s: %s" % (topic, label))
        return row

    def more(self, topic, label, ours, other):
        """A ratio of times: how much longer ours takes than the other."""
        percent = round((self.row(topic, label).figure - 1) * 100)
        if percent == 0:
            return "as long %s as %s" % (ours, other)
        return "%d%% %s %s than %s" % (abs(percent), "longer" if percent > 0 else "less time", ours, other)

    def share(self, topic, label):
        """A ratio of times, where the first may take many times as long."""
        times = "%.2g" % (1 / self.row(topic, label).figure)
        return "as long as" if times == "1" else "%s times as long as" % times


def sentences(facts, topics):
    facts, figures = dict(facts), Figures(topics)
    yield "Measured on Linux %s, %s." % (facts["Kernel"].split()[-1], facts["Processor"])
    yield "Starting a program takes %s." % figures.more(
        "start", "privmap / empty library", "with privmap preloaded", "with an empty library")
    yield "Cloning takes %s, which needs no help." % figures.more(
        "clone", "gix 0.33 under privmap / gix 0.35 alone", "with gix 0.33 under privmap", "with gix 0.35")
    yield "Converting a mapping takes %s more than mapping privately, and copying a file to memory %s" \
        " reading it." % (
            figures.row("converted", "64 files, again: privmap - private").text().lstrip("+"),
            figures.share("buffers", "filling in memory, on a mount that refuses / git's malloc and pread"))


def main():
    source, target = sys.argv[1:]
    text = textwrap.fill(" ".join(sentences(*bench.read(source))), 100)
    with open(target, encoding="utf-8") as file:
        readme = file.read()
    before, _, rest = readme.partition(FIRST)
    _, mark, after = rest.partition(LAST)
    if not mark:
        raise SystemExit("%s: the marks are missing" % target)
    readme = before + FIRST + "\n" + text + "\n" + LAST + after
    with open(target, "w", encoding="utf-8") as file:
        file.write(readme)


if __name__ == "__main__":
    main()
