# SPDX-License-Identifier: MIT
"""figures.py RESULTS TOPIC...: makes figures of what bench.sh has measured, as tab-separated lines
on stdout. Reads RESULTS/facts.tsv and RESULTS/TOPIC.tsv.

A figure compares two values of the same round, and is the median over all rounds. It has two
spreads: the quartiles of the rounds, and the interval in which the median lies with 99% probability
(by counting ranks, which assumes nothing about the distribution of the values)."""

import math
import os
import sys

HOW = {
    "ratio": lambda subject, base: subject / base,
    "speed": lambda subject, base: base / subject,
    "extra": lambda subject, base: subject - base,
}
NORMAL_99 = 2.576


def quantile(values, part):
    """A quantile of sorted values, interpolated between neighbours."""
    place = part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def spread(values):
    """Median, quartiles, and the interval of the median; for few values, the interval has all."""
    values = sorted(values)
    reach = NORMAL_99 * math.sqrt(len(values)) / 2
    low = max(0, math.floor((len(values) - 1) / 2 - reach))
    high = min(len(values) - 1, math.ceil((len(values) - 1) / 2 + reach))
    return [quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75),
            values[low], values[high]]


def figure(kind, subject, base):
    """subject and base: the values by round. None if there is nothing to compare."""
    if kind == "value":
        return list(subject.values())
    rounds = subject.keys() & base.keys()
    if kind != "extra":
        rounds = {number for number in rounds if subject[number] > 0 and base[number] > 0}
    return [HOW[kind](subject[number], base[number]) for number in sorted(rounds)]


def median(samples):
    return "%.9g" % quantile(sorted(samples.values()), 0.5) if samples else ""


def line(*words):
    print("\t".join(word if isinstance(word, str) else "%.9g" % word for word in words))


def row(word, name, samples, label, kind, unit, subject, base, goal):
    values = figure(kind, samples.get(subject, {}), samples.get(base, {}))
    measured = spread(values) if values else [""] * 5
    line(word, name, label, kind, unit, subject, base, goal, *measured,
         median(samples.get(subject, {})), median(samples.get(base, {})), str(len(values)))


def read(path):
    """Reads the samples of a topic by key and round, and its other lines."""
    samples, others = {}, []
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            words = text.rstrip("\n").split("\t")
            if words[0] == "sample":
                samples.setdefault(words[1], {})[int(words[2])] = float(words[3])
            else:
                others.append(words)
    return samples, others


def topic(path):
    samples, others = read(path)
    name = ""
    for word, *rest in others:
        if word == "topic":
            name = rest[0]
            line(word, *rest)
        elif word == "row":
            row(word, name, samples, *rest)
        elif word in ("point", "cell"):
            series, place, key, unit = rest
            if key in samples:
                line(word, name, series, place, key, unit, *spread(samples[key].values()))
        else:
            line(word, name, *rest)
    for key in samples:
        if key + "@against" in samples:
            row("against", name, samples, key.replace("/", ", "), "ratio", "", key,
                key + "@against", "")


def main():
    results, *topics = sys.argv[1:]
    with open(os.path.join(results, "facts.tsv"), encoding="utf-8") as facts:
        sys.stdout.write(facts.read())
    for name in topics:
        topic(os.path.join(results, name + ".tsv"))


if __name__ == "__main__":
    main()
