# SPDX-License-Identifier: MIT
"""numpy.memmap: make FILE | sum MODE FILE | change FILE, with MODE r (a shared mapping to read) or
c (a private one to write to). Prints the sum of the contents and, mode c, their sum after a change
that must stay in the process."""

import sys

import numpy


def make(path):
    numpy.save(path, numpy.arange(1 << 18, dtype=numpy.uint64).reshape(512, 512))


def total(mode, path):
    array = numpy.load(path, mmap_mode=mode)
    assert isinstance(array, numpy.memmap)
    print(mode, int(array.sum()))
    if mode == "c":
        array[:] += 1
        print("changed", int(array.sum()))


def change(path):
    array = numpy.load(path, mmap_mode="r+")
    array[0, 0] = 1
    array.flush()


jobs = {"make": make, "sum": total, "change": change}
jobs[sys.argv[1]](*sys.argv[2:])
