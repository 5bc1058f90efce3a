"""report.py BENCH.tsv BENCH.md PLOTS: writes the report, and a plot for each topic in the directory
PLOTS. Run by bench.sh; tests/bench.sh checks that what the repository keeps is what this writes."""

import os
import sys

import bench
import plot

SIGN = {"ratio": "≤ ", "extra": "≤ ", "value": "≤ ", "speed": "≥ "}


def heading(topics):
    yield "# What privmap costs"
    yield ""
    yield ("Written by `make bench`, which measures and never judges: what is short of its goal is said to "
           "be short, and fails nothing.")
    yield ""
    yield ("All commands of a topic run in turn, each once a round, in an order by chance. A figure compares "
           "two of the same round and is the median over all rounds; *rounds* is how many, the *quartiles* are "
           "theirs, and the median lies in the *99%* interval with that probability. A goal that lies in it "
           "is met or missed *within noise*. The rows called noise compare a thing with itself.")
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
    """A row of the topic's own table."""
    if row.figure is None:
        return [row.label, "not measured", "", "", "", "", "", ""]
    base = row.amount(row.base_median) if row.base_median is not None else ""
    exact = row.low == row.high
    return [row.label, row.text(), row.amount(row.subject_median), base,
            "" if exact else "%s – %s" % (row.number(row.first), row.number(row.third)),
            "" if exact else "%s – %s" % (row.number(row.low), row.number(row.high)), str(row.rounds),
            row.goal is not None and "%s: %s" % (SIGN[row.kind] + row.goal_text(), row.verdict()) or ""]


def points(topic):
    """A table with the places (x) down and the series across, for each unit."""
    series, places = [], []
    for point in topic.points:
        if point.series not in series:
            series.append(point.series)
        if point.place not in places:
            places.append(point.place)
    by_place = {(point.series, point.place): point for point in topic.points}
    places.sort(key=float)
    yield from table([topic.plot_axis.split(";")[0]] + series, (
        ["{:,}".format(int(float(place)))] + [
            by_place[one, place].text() if (one, place) in by_place else "" for one in series]
        for place in places))


def one_topic(topic, plots):
    yield "## " + topic.title
    yield ""
    for text in topic.texts:
        yield text
        yield ""
    if topic.has_plot():
        yield "![%s](%s/%s.svg)" % (topic.title, plots, topic.name)
        yield ""
    if topic.points:
        yield from points(topic)
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
           "*Slower* and *faster* are those whose whole interval lies on one side of 1.")
    yield ""
    yield from table(["topic", "", "this", "other", "ratio", "99%", "rounds", ""], (
        [topic.title, row.label, "%.4g" % row.subject_median, "%.4g" % row.base_median, "%.3f" % row.figure,
         "%.3f – %.3f" % (row.low, row.high), str(row.rounds), row.change()] for topic, row in rows
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
