"""How hard the numbers of a file are to guess, in bits: seen from the file alone, so never more than an estimate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import log2
from typing import Final

WEAK_BELOW: Final = 40
"""Bits below which a number is weak: warned of, and throttled harder."""
_ENOUGH: Final = 20
"""From so many numbers of one length on, what never varies is taken to be known to who guesses."""


def strengths(numbers: Sequence[str]) -> list[int]:
    """Return the bits of each of some folded numbers.

    A place that never varies adds nothing, one that has digits alone less than one that has letters; and numbers that
    were counted up are no stronger than the span that they fill.
    """
    by_length = defaultdict[int, list[str]](list)
    for number in numbers:
        by_length[len(number)].append(number)
    known = {length: _bits(group) for length, group in by_length.items()}
    return [known[len(number)] for number in numbers]


def _bits(group: Sequence[str]) -> int:
    many = len(group) >= _ENOUGH
    bits = sum(_bits_of_place({number[place] for number in group}, many=many) for place in range(len(group[0])))
    if many and all(number.isdecimal() for number in group):
        counted = [int(number) for number in group]
        bits = min(bits, log2(max(counted) - min(counted) + 1))
    return int(bits)


def _bits_of_place(symbols: Iterable[str], *, many: bool) -> float:
    found = set(symbols)
    if many and len(found) == 1:
        return 0.0
    if all(symbol.isdecimal() for symbol in found):
        return log2(10)
    return log2(26) if all(symbol.isalpha() for symbol in found) else log2(36)
