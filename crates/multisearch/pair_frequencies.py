#!/usr/bin/env python3
"""Writes src/pairs.txt: how often two bytes follow each other in ordinary text.

    pair_frequencies.py FOLDER... > src/pairs.txt

Each folder has the same weight. Use source code, configuration, documentation and logs of many kinds. The table
affects speed only, so that any mixture of a few megabytes is good enough.

A line is the first byte, a column the second: tab, line feed, 0x20 to 0x7e, and all others together. The letter is
twice the negative binary logarithm of the probability: A is 1, B is 2^-0.5, z is 2^-25.5 or less.
"""

import math
import os
import string
import sys

SYMBOLS = 98
LARGEST = 64 * 1024


def symbol(byte):
    if 0x20 <= byte <= 0x7E:
        return byte - 0x1E
    return {0x09: 0, 0x0A: 1}.get(byte, SYMBOLS - 1)


def count(folder):
    counts = [0] * SYMBOLS**2
    for path, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(path, name), "rb") as file:
                text = [symbol(byte) for byte in file.read(LARGEST)]
            for first, second in zip(text, text[1:]):
                counts[first * SYMBOLS + second] += 1
    return counts


def main():
    pairs = [0.0] * SYMBOLS**2
    for folder in sys.argv[1:]:
        counts = count(folder)
        weight = 1 / sum(counts) / len(sys.argv[1:])
        pairs = [old + weight * new for old, new in zip(pairs, counts)]
    letters = string.ascii_uppercase + string.ascii_lowercase
    level = lambda p: min(round(-2 * math.log2(p)), 51) if p else 51
    for row in range(SYMBOLS):
        print("".join(letters[level(p)] for p in pairs[row * SYMBOLS :][:SYMBOLS]))


if __name__ == "__main__":
    main()
