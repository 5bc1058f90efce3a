# SPDX-License-Identifier: MIT
"""report.py BENCH.tsv BENCH.md PLOTS: writes the report, and a plot for each topic in the directory
PLOTS."""

import os
import sys

import bench
import plot

SIGN = {"ratio": "≤ ", "extra": "≤ ", "value": "≤ ", "speed": "≥ "}


def heading(topics):
    yield "# What privmap costs"
    yield ""
    yield "Written by `make bench`, which only reports: it marks a missed goal as short, and fails nothing."
    yield ""
    yield ("All commands of a topic run in turn, each once in each round, in random order. A figure compares two "
           "commands of the same round; the table has its median over all rounds, its *quartiles*, the number of "
           "*rounds*, and the interval in which the median lies with a probability of *99%*. A goal within that "
           "interval is met or missed *within noise*. The rows called noise compare a command with itself.")
    yield ""


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def facts(of):
    return table(["where it was measured", ""], of)


def goals(topics):
    yield "## Goals"
    yield ""
    yield from table(["topic", "figure", "is", "goal", ""], (
        [topic.title, row.label.strip(), row.text(), SIGN[row.kind] + row.goal_text(), row.verdict()]
        for topic in topics for row in topic.rows if row.goal is not None))


def measured(row):
    """A row of the topic's table."""
    if row.figure is None:
        return [row.label, "not measured", "", "", "", "", "", ""]
    base = row.amount(row.base_median) if row.base_median is not None else ""
    return [row.label, row.text(), row.amount(row.subject_median), base,
            "" if row.exact() else "%s – %s" % (row.number(row.first), row.number(row.third)),
            row.interval(), str(row.rounds),
            row.goal is not None and "%s: %s" % (SIGN[row.kind] + row.goal_text(), row.verdict()) or ""]


def points(topic):
    """A table with the places (x) as rows and the series as columns; for a choice, also the best."""
    names = list(dict.fromkeys(point.series for point in topic.points))
    by_place = {}
    for point in topic.points:
        by_place.setdefault(point.place, {})[point.series] = point
    across, unit = topic.plot_axis.split("; ")
    choice = ["best"] if topic.plot_kind == "choices" else []
    yield from table([across] + ["%s, %s" % (name, unit) for name in names] + choice, (
        ["{:,}".format(int(float(place)))] +
        [found[name].text() if name in found else "" for name in names] +
        [min(found.values(), key=lambda point: point.median).series for _ in choice]
        for place, found in sorted(by_place.items(), key=lambda item: float(item[0]))))


def cells(topic):
    """A table of medians."""
    columns = list(dict.fromkeys(cell.place for cell in topic.cells))
    by_name = {}
    for cell in topic.cells:
        by_name.setdefault(cell.series, {})[cell.place] = "{:,.0f} {}".format(cell.median, cell.unit).strip()
    yield from table([""] + columns, (
        [name] + [found.get(column, "") for column in columns] for name, found in by_name.items()))


def one_topic(topic, plots):
    yield "## " + topic.title
    yield ""
    for text in topic.texts:
        yield text
        yield ""
    if topic.has_plot():
        yield "![Plot: %s Its values are in the table below.](%s/%s.svg)" % (topic.question, plots, topic.name)
        yield ""
    if topic.points:
        yield from points(topic)
    if topic.cells:
        yield from cells(topic)
    if topic.rows:
        yield from table(["", "figure", "median", "of the other", "quartiles", "99%", "rounds", "goal"],
                         map(measured, topic.rows))


def against(topics):
    rows = [(topic, row) for topic in topics for row in topic.against]
    if not rows:
        return
    yield "## This tree against another revision"
    yield ""
    yield ("Time, or whatever was measured, of this tree divided by that of the other, in the same rounds. "
           "*Slower*, or larger, and *faster* are those whose whole interval lies on one side of 1; of a hundred "
           "rows that measure the same, one may.")
    yield ""
    yield from table(["topic", "", "this", "other", "ratio", "99%", "rounds", ""], (
        [topic.title, row.label, "%.4g" % row.subject_median, "%.4g" % row.base_median, "%.3f" % row.figure,
         row.interval(), str(row.rounds), row.change()] for topic, row in rows
        if row.figure is not None))


def main():
    source, target, plots = sys.argv[1:]
    facts_of, topics = bench.read(source)
    os.makedirs(plots, exist_ok=True)
    lines = [*heading(topics), *facts(facts_of), *goals(topics), *against(topics)]
    for topic in topics:
        lines += one_topic(topic, os.path.relpath(plots, os.path.dirname(target)))
        if topic.has_plot():
            with open(os.path.join(plots, topic.name + ".svg"), "w", encoding="utf-8") as file:
                file.write(plot.draw(topic))
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(lines).rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
