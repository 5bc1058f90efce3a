# SPDX-License-Identifier: MIT
"""Draws a topic as SVG: its rows as points with their spread and goals, or its points as lines. Used
by report.py."""

import math
from xml.sax.saxutils import escape

INK, FAINT, OURS, OTHERS, SHORT = "#24292f", "#d0d7de", "#0969da", "#6e7781", "#cf222e"
# After the last one, they repeat, dashed.
SERIES = ("#0969da", "#bc4c00", "#1a7f37", "#8250df")
DASHES = ("", "6 4", "2 3")
LINE = 24


def text(x, y, words, anchor="start", color=INK, size=13):
    return ('<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-size="%d">%s</text>'
            % (x, y, anchor, color, size, escape(words)))


def dashed(dashes):
    return ' stroke-dasharray="%s"' % dashes if dashes else ""


def stroke(x1, y1, x2, y2, color=FAINT, width=1, dashes=""):
    return ('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"%s/>'
            % (x1, y1, x2, y2, color, width, dashed(dashes)))


def dot(x, y, color, radius=4):
    return '<circle cx="%.1f" cy="%.1f" r="%g" fill="%s"/>' % (x, y, radius, color)


def page(width, height, topic, parts):
    """With a background, because pages may be dark."""
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
            'font-family="sans-serif" role="img">\n<title>%s</title>\n'
            '<rect x="0.5" y="0.5" width="%d" height="%d" rx="6" fill="#ffffff" stroke="%s"/>\n%s\n</svg>\n'
            % (width, height, width, height, escape(topic.question), width - 1, height - 1, FAINT, "\n".join(parts)))


def plain(value):
    """Writes a number on an axis."""
    return "{:,.0f}".format(value) if abs(value) >= 1000 else "%.6g" % value


class Scale:
    """Maps values to places between two ends; by the logarithm if the values are far apart."""

    def __init__(self, values, start, end, log=None):
        low, high = min(values), max(values)
        self.log = low > 0 and high / low > 12 if log is None else log
        self.start, self.end = start, end
        if self.log:
            self.low, self.high = low / 1.15, high * 1.15
        else:
            margin = (high - low) * 0.06 or abs(high) * 0.1 or 1
            self.low, self.high = low - margin, high + margin

    def at(self, value):
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self):
        if self.log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            for steps in ((1,), (1, 3), (1, 2, 5)):
                found = [10.0 ** decade * step for decade in decades for step in steps
                         if self.low <= 10.0 ** decade * step <= self.high]
                if len(found) >= 3:
                    break
            return found
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / 4))
        for factor in (5, 2):
            if (self.high - self.low) / (step * factor) >= 4:
                step *= factor
                break
        first = math.ceil(self.low / step)
        return [count * step for count in range(first, math.floor(self.high / step) + 1)]


def color_of(row):
    if row.goal is None:
        return OTHERS
    return OURS if row.met() else SHORT


def rows(topic):
    """One line for each row: its name, the quartiles as a bar, the median, a mark for the goal."""
    shown = topic.plotted()
    factor = {"µs": 1e6, "ms": 1e3}.get(shown[0].unit, 1)
    left = 30 + 6.6 * max(len(row.label.strip()) for row in shown)
    right, top = left + 460, 44
    bottom = top + LINE * len(shown)
    values = [value * factor for row in shown
              for value in (row.figure, row.first, row.third, row.goal) if value is not None]
    if topic.plot_kind != "extra":
        values.append(1)
    scale = Scale(values, left, right)
    parts = [text(16, 24, topic.question, size=15)]
    for tick in scale.ticks():
        parts.append(stroke(scale.at(tick), top - 6, scale.at(tick), bottom))
        parts.append(text(scale.at(tick), bottom + 16, plain(tick), "middle", OTHERS, 11))
    if topic.plot_kind != "extra":
        parts.append(stroke(scale.at(1), top - 6, scale.at(1), bottom, OTHERS))
    for number, row in enumerate(shown):
        y = top + LINE * number + LINE / 2
        color = color_of(row)
        parts.append(text(left - 14, y + 4, row.label.strip(), "end", INK, 12))
        parts.append(stroke(scale.at(row.first * factor), y, scale.at(row.third * factor), y, color, 3))
        parts.append(dot(scale.at(row.figure * factor), y, color))
        parts.append(text(right + 12, y + 4, row.text(), "start", color, 12))
        if row.goal is not None:
            x = scale.at(row.goal * factor)
            parts.append(stroke(x, y - 9, x, y + 9, INK, 2))
    parts.append(text((left + right) / 2, bottom + 36, topic.plot_axis, "middle", INK, 12))
    key = "dot: median; bar: quartiles; | goal; red: goal missed; grey: for comparison only"
    parts.append(text((left + right) / 2, bottom + 54, key, "middle", OTHERS, 11))
    return page(max(right + 100, 30 + 8 * len(topic.question)), bottom + 66, topic, parts)


def lines(topic):
    """The axis is "x; y". Whiskers are the quartiles."""
    across, up = (part.strip() for part in topic.plot_axis.split(";"))
    left, right, top, bottom = 80, 610, 62, 342
    factor = {"µs": 1e6, "ms": 1e3}.get(topic.points[0].unit, 1)
    x = Scale([float(point.place) for point in topic.points], left, right)
    y = Scale([value * factor for point in topic.points
               for value in (point.first, point.third)], bottom, top)
    parts = [text(16, 24, topic.question, size=15), text(16, 46, up, size=12)]
    for tick in x.ticks():
        parts.append(stroke(x.at(tick), top, x.at(tick), bottom))
        parts.append(text(x.at(tick), bottom + 16, plain(tick), "middle", OTHERS, 11))
    for tick in y.ticks():
        parts.append(stroke(left, y.at(tick), right, y.at(tick)))
        parts.append(text(left - 8, y.at(tick) + 4, plain(tick), "end", OTHERS, 11))
    series = {}
    for point in topic.points:
        series.setdefault(point.series, []).append(point)
    for number, (name, points) in enumerate(series.items()):
        color, dashes = SERIES[number % len(SERIES)], DASHES[number // len(SERIES)]
        places = [(x.at(float(point.place)), y.at(point.median * factor)) for point in points]
        parts.append('<polyline fill="none" stroke="%s" stroke-width="2"%s points="%s"/>'
                     % (color, dashed(dashes), " ".join("%.1f,%.1f" % place for place in places)))
        for point, place in zip(points, places):
            parts.append(stroke(place[0], y.at(point.first * factor), place[0], y.at(point.third * factor), color))
            parts.append(dot(*place, color, 3))
        parts.append(stroke(right + 16, top + 20 * number, right + 40, top + 20 * number, color, 3, dashes))
        parts.append(text(right + 44, top + 20 * number + 4, name, size=12))
    parts.append(text((left + right) / 2, bottom + 38, across, "middle", INK, 12))
    return page(right + 270, bottom + 54, topic, parts)


def draw(topic):
    return lines(topic) if topic.plot_kind in ("points", "choices") else rows(topic)
