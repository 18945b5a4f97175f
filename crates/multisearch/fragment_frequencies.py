#!/usr/bin/env python3
"""Writes src/fragments.txt: how often three and four bytes in a row occur in ordinary text.

    fragment_frequencies.py FOLDER... > src/fragments.txt

Each folder has the same weight, and up to two megabytes of it are read. Use source code, configuration, documentation
and logs of many kinds. The table affects speed only.

The first half of the table is for three bytes, the second for four. The bytes, read as a little-endian number, are
hashed to a place in the half; a place has the frequency of the most frequent bytes there. The letters are those of
pair_frequencies.py: A is 1, B is 2^-0.5, z is 2^-25.5 or less.
"""

import math
import os
import random
import string
import sys
from collections import Counter

BITS = 13
COLUMNS = 128
LARGEST = 64 * 1024
ENOUGH = 2 * 1024 * 1024


def read(folder):
    paths = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
    random.Random(0).shuffle(paths)
    text = bytearray()
    for path in paths:
        with open(path, "rb") as file:
            content = file.read(LARGEST)
        if len(text) < ENOUGH and content.count(0) * 20 < len(content):
            text += content
    return text.decode("latin-1")


def count(text, length):
    return Counter(map("".join, zip(*(text[at:] for at in range(length)))))


def table(frequencies):
    places = [0.0] * (1 << BITS)
    for fragment, frequency in frequencies.items():
        key = int.from_bytes(fragment.encode("latin-1"), "little")
        place = (key * 0x9E3779B1 & 0xFFFFFFFF) >> (32 - BITS)
        places[place] = max(places[place], frequency)
    return places


def main():
    totals = {3: Counter(), 4: Counter()}
    for folder in sys.argv[1:]:
        text = read(folder)
        for length, total in totals.items():
            for fragment, number in count(text, length).items():
                if number > 1:
                    total[fragment] += number / len(text) / len(sys.argv[1:])
    letters = string.ascii_uppercase + string.ascii_lowercase
    level = lambda p: min(round(-2 * math.log2(p)), 51) if p else 51
    for total in totals.values():
        line = "".join(letters[level(p)] for p in table(total))
        for at in range(0, len(line), COLUMNS):
            print(line[at : at + COLUMNS])


if __name__ == "__main__":
    main()
