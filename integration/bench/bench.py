# SPDX-License-Identifier: MIT
"""The contents of a BENCH.tsv, and the format of its figures."""

# With fewer rounds, no interval reaches 99%, not even one over all rounds (2 / 2 ** 8 is under 1%).
ENOUGH = 8

# For values in seconds.
UNITS = {"µs": 1e6, "ms": 1e3, "s": 1}


def number_or_none(text):
    return float(text) if text != "" else None


def seconds(value):
    """Writes a time with a suitable unit."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if value * factor >= 1:
            return "%.3g %s" % (value * factor, unit)
    return "%.3g µs" % (value * 1e6)


class Row:
    """A figure; also one of AGAINST."""

    def __init__(self, label, kind, unit, subject, base, goal, *numbers):
        self.label, self.kind, self.unit, self.subject, self.base = label, kind, unit, subject, base
        self.goal = number_or_none(goal)
        (self.figure, self.first, self.third, self.low, self.high,
         self.subject_median, self.base_median) = map(number_or_none, numbers[:7])
        self.rounds = int(numbers[7])

    def number(self, value):
        if self.kind in ("ratio", "speed"):
            return ("%.3f" if abs(value) < 10 else "%.1f") % value if abs(value) >= 0.01 else "%.2g" % value
        value *= UNITS.get(self.unit, 1)
        if value == int(value) or abs(value) >= 100:
            return "{:,.0f}".format(value)
        return ("%.2f" if self.unit in UNITS else "%.1f") % value

    def with_unit(self, text):
        return "%s %s" % (text, self.unit)

    def text(self):
        if self.figure is None:
            return "not measured"
        if self.kind in ("ratio", "speed"):
            return self.number(self.figure)
        sign = "+" if self.kind == "extra" and self.figure >= 0 else ""
        return self.with_unit(sign + self.number(self.figure))

    def goal_text(self):
        if self.kind in ("ratio", "speed"):
            return "%g" % self.goal
        return self.with_unit(("+%g" if self.kind == "extra" else "%g") % (self.goal * UNITS.get(self.unit, 1)))

    def amount(self, value):
        """Writes one of the two compared values: a time, unless another unit is given."""
        return seconds(value) if self.unit in ("", *UNITS) else self.with_unit("{:,.0f}".format(value))

    def distance(self):
        """The distance from the goal: over 1 misses it."""
        return self.goal / self.figure if self.kind == "speed" else self.figure / self.goal

    def met(self):
        return self.figure >= self.goal if self.kind == "speed" else self.figure <= self.goal

    def verdict(self):
        if self.goal is None:
            return ""
        if self.figure is None:
            return "not measured"
        noise = self.low < self.goal < self.high
        return ("met" if self.met() else "**short**") + (", within noise" if noise else "")

    def exact(self):
        """True for values that are the same in nearly each round, such as counts."""
        return self.rounds > 1 and self.low == self.high == self.first == self.third

    def interval(self):
        if self.exact():
            return ""
        return "%s – %s" % (self.number(self.low), self.number(self.high)) if self.rounds >= ENOUGH else "too few"

    def change(self):
        """The change in a row of AGAINST; more bytes or faults count as slower, too."""
        if self.rounds < ENOUGH:
            return "too few rounds"
        if self.low > 1:
            return "**slower**"
        return "faster" if self.high < 1 else ""


class Point:
    """A point of a plot of lines; or a cell of a table, whose series is the row."""

    def __init__(self, series, place, key, unit, *numbers):
        self.series, self.place, self.key, self.unit = series, place, key, unit
        self.median, self.first, self.third, self.low, self.high = map(float, numbers)

    def text(self):
        return "%.4g" % (self.median * UNITS.get(self.unit, 1))


class Topic:
    def __init__(self, name, title):
        self.name, self.title = name, title
        self.texts, self.rows, self.against, self.points, self.cells = [], [], [], [], []
        self.plot_kind = self.plot_axis = self.question = ""

    def plotted(self):
        """The rows of that kind; of differences, those with the unit of the first, for one axis."""
        rows = [row for row in self.rows if row.kind == self.plot_kind and row.figure is not None]
        return [row for row in rows if row.kind == "ratio" or row.unit == rows[0].unit]

    def has_plot(self):
        return bool(self.points if self.plot_kind in ("points", "choices") else self.plotted())


def read(path):
    """Reads the facts, and the topics in order."""
    facts, topics = [], {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, *rest = line.rstrip("\n").split("\t")
            if word == "fact":
                facts.append(rest)
            elif word == "topic":
                topics[rest[0]] = Topic(*rest)
            else:
                name, *rest = rest
                topic = topics[name]
                if word == "text":
                    topic.texts.append(rest[0])
                elif word == "plot":
                    topic.plot_kind, topic.plot_axis, topic.question = rest
                elif word == "row":
                    topic.rows.append(Row(*rest))
                elif word == "against":
                    topic.against.append(Row(*rest))
                elif word == "point":
                    topic.points.append(Point(*rest))
                elif word == "cell":
                    topic.cells.append(Point(*rest))
                else:
                    raise SystemExit("%s: unknown: %s" % (path, word))
    return facts, list(topics.values())
