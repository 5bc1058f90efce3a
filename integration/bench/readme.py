# SPDX-License-Identifier: MIT
"""readme.py BENCH.tsv README.md: writes the goals and what was reached between README.md's two marks."""

import sys

import bench

FIRST, LAST = "<!-- make bench writes this -->", "<!-- to here -->"


def shown(topic):
    """Its goals; of those that are many times the same one, what is nearest to it or farthest beyond."""
    same = {}
    for row in topic.rows:
        if row.goal is not None and row.figure is not None:
            same.setdefault((row.kind, row.goal), []).append(row)
    for found in same.values():
        if len(found) <= 3:
            yield from ((row.label.strip(), row) for row in found)
        else:
            worst = max(found, key=bench.Row.distance)
            yield "the worst of %d: %s" % (len(found), worst.label.strip()), worst


def short_form(facts, topics):
    facts = dict(facts)
    yield "On %s, %s:" % (facts["Kernel"], facts["Processor"])
    yield ""
    yield "| what is measured | is | goal |"
    yield "|---|---|---|"
    for topic in topics:
        for label, row in shown(topic):
            sign = "≥" if row.kind == "speed" else "≤"
            yield "| %s: %s | %s | %s %s%s |" % (
                topic.title.lower(), label, row.text(), sign, row.goal_text(),
                "" if row.met() else ", not reached")


def main():
    source, target = sys.argv[1:]
    text = "\n".join(short_form(*bench.read(source)))
    with open(target, encoding="utf-8") as file:
        readme = file.read()
    before, _, rest = readme.partition(FIRST)
    _, mark, after = rest.partition(LAST)
    if not mark:
        raise SystemExit("%s: the marks are missing" % target)
    readme = before + FIRST + "\n\n" + text + "\n\n" + LAST + after
    with open(target, "w", encoding="utf-8") as file:
        file.write(readme)


if __name__ == "__main__":
    main()
