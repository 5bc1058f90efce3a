"""readme.py BENCH.tsv README.md: writes the goals and what was reached between README.md's two marks.
With --print, the text goes to stdout instead. Run by bench.sh; tests/bench.sh checks the README."""

import sys

import bench

FIRST, LAST = "<!-- make bench writes this -->", "<!-- to here -->"


def short_form(facts, topics):
    facts = dict(facts)
    yield "On %s, %s:" % (facts["Kernel"], facts["Processor"])
    yield ""
    yield "| what is measured | is | goal |"
    yield "|---|---|---|"
    for topic in topics:
        for row in topic.rows:
            if row.goal is not None:
                sign = "≥" if row.kind == "speed" else "≤"
                yield "| %s: %s | %s | %s %s%s |" % (
                    topic.title.lower(), row.label.strip(), row.text(), sign, row.goal_text(),
                    "" if row.figure is not None and row.met() else ", not reached")


def main():
    source, target = sys.argv[1:3]
    text = "\n".join(short_form(*bench.read(source)))
    with open(target, encoding="utf-8") as file:
        readme = file.read()
    before, _, rest = readme.partition(FIRST)
    _, mark, after = rest.partition(LAST)
    if not mark:
        raise SystemExit("%s: the marks are missing" % target)
    readme = before + FIRST + "\n\n" + text + "\n\n" + LAST + after
    if sys.argv[3:] == ["--print"]:
        sys.stdout.write(readme)
    else:
        with open(target, "w", encoding="utf-8") as file:
            file.write(readme)


if __name__ == "__main__":
    main()
