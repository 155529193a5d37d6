"""Texts that are as bad as can be for a pattern or a parser, and how its time grows with their length.

Time is that of the processor, compared with itself: what takes four times as long for four times the text is linear on
every machine.
"""

import gc
import math
import re
import string
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product, takewhile
from re import _constants as sre  # the only parser of Python's own patterns
from re import _parser as sre_parser
from typing import Any

# Four times the text may take up to nine times as long; the square takes sixteen.
GROWTH_MAX = 9.0
SIZES = (256, 1_024, 4_096, 16_384, 65_536)
# What takes less than this for 16 KB cannot take long for 64, and is not looked at any closer.
QUICK_S = 0.002
# What takes less than this for 4 KB is as quick for 16, even if its time grew by the square: most need no more.
QUICK_FOR_4_KB_S = QUICK_S / 16
# Whatever takes less at its worst size keeps nobody waiting, and may be the clock or the caches.
NOISE_S = 0.02
REPEATS = 3
# Only what grows too fast so often, one time after the other, does: a machine may stop for a moment in every measure.
FOUND_OUT_AFTER = 3
# What takes longer is not repeated: nothing else that the machine does weighs so much.
LONG_S = 0.1
_UNLIKELY = "\x00"
_ENDS = ("", _UNLIKELY, " ")
_HEADS_MAX = 3
_PAIRED_MAX = 6


def grows_too_fast(run: Callable[[str], object], text_of: Callable[[int], str]) -> str:
    """Return how the time of `run` grows over `text_of(length)`, where that is faster than the text; else nothing."""
    slow = ""
    for _ in range(FOUND_OUT_AFTER):
        slow = _grows_too_fast(run, text_of)
        if not slow:
            break
    return slow


def _grows_too_fast(run: Callable[[str], object], text_of: Callable[[int], str]) -> str:
    if _time(run, text_of(SIZES[-3])) < QUICK_FOR_4_KB_S:
        return ""
    if all(_time(run, text_of(size)) < QUICK_S for size in SIZES[:-1]):
        return ""
    before = _time(run, text_of(SIZES[0] // 4))
    for size in SIZES:
        took = _time(run, text_of(size))
        if took > NOISE_S and took > GROWTH_MAX * before:
            # Once more, the best of several: a machine that was busy with others is not the parser's fault.
            before, took = _best(run, text_of(size // 4)), _best(run, text_of(size))
            if took > NOISE_S and took > GROWTH_MAX * before and _goes_on(run, text_of, size, took):
                return f"{size // 4} characters take {before * 1000:.2f} ms, {size} take {took * 1000:.2f} ms"
        before = max(took, QUICK_S / 16)
    return ""


def _goes_on(run: Callable[[str], object], text_of: Callable[[int], str], size: int, took: float) -> bool:
    """Return whether what grew too fast up to `size` does so beyond it, too: a short text may just be let off work.

    What is too short to hold a secret is not searched for one; that is a step, and twice the text beyond it takes twice
    as long.
    """
    return _best(run, text_of(2 * size)) > math.sqrt(GROWTH_MAX) * took


def _best(run: Callable[[str], object], text: str) -> float:
    best = _time(run, text)
    for _ in range(REPEATS - 1):
        if best < LONG_S:
            best = min(best, _time(run, text))
    return best


def _time(run: Callable[[str], object], text: str) -> float:
    gc.disable()  # what others left behind is not looked through in the middle
    try:
        began = time.thread_time()
        run(text)
        return -began + time.thread_time()
    finally:
        gc.enable()


def shapes(parts: Iterable[str]) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Yield names of texts, and how to write them at a length: repeated parts, begun and never ended, near misses."""
    parts = [part for part in dict.fromkeys(parts) if part]
    pairs = [one + other for one, other in product(parts[:_PAIRED_MAX], repeat=2) if one != other]
    for head, part, end in product(("", *parts[:_HEADS_MAX]), (*parts, *pairs), _ENDS):
        yield f"{head!r}, {part!r} over and over, {end!r}", partial(_written, head, part, end)


def _written(head: str, part: str, end: str, size: int) -> str:
    return head + (part * (size // len(part) + 1))[: size - len(head) - len(end)] + end


def parts_of(pattern: "re.Pattern[Any]") -> list[str]:
    """Return what texts for a pattern are best made of: its beginning, matches, and members of its classes."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    parsed = sre_parser.parse(text, pattern.flags & ~re.DEBUG)
    members = list[str]()
    whole = _example(parsed, members)
    singles = sorted((one for one in dict.fromkeys(members) if one), key=len)
    # A text that begins as matches do, its end left to what follows.
    begun = "".join(takewhile(lambda letter: letter not in singles[:1], whole))
    return [begun, whole, *singles[:8], whole[:-1], *singles[8:12], whole[: len(whole) // 2]]


def _example(parsed: Any, members: list[str]) -> str:
    """Return a text that a parsed pattern matches, more or less; what its classes hold goes into `members`."""
    return "".join(_one(kind, value, members) for kind, value in parsed)


def _one(kind: Any, value: Any, members: list[str]) -> str:
    if kind is sre.LITERAL:
        members.append(chr(value))
        return chr(value)
    if kind in (sre.NOT_LITERAL, sre.ANY):
        members.append("x")
        return "x"
    if kind is sre.IN:
        found = _of_class(value)
        members.extend(found[:4])
        return found[0]
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        least, _, inner = value
        example = _example(inner, members)
        members.append(example)
        return example * max(1, min(int(least), 64))
    if kind is sre.SUBPATTERN:
        return _example(value[-1], members)
    if kind is sre.ATOMIC_GROUP:
        return _example(value, members)
    if kind is sre.BRANCH:
        examples = [_example(branch, members) for branch in value[1]]
        members.extend(examples)
        return examples[0]
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        members.append(_example(value[1], members))
    return ""


_CATEGORIES = {
    sre.CATEGORY_DIGIT: "17",
    sre.CATEGORY_NOT_DIGIT: "a ",
    sre.CATEGORY_SPACE: " \n",
    sre.CATEGORY_NOT_SPACE: "a.",
    sre.CATEGORY_WORD: "a1",
    sre.CATEGORY_NOT_WORD: " -",
}


def _of_class(items: Any) -> list[str]:
    found, negated, excluded = list[str](), False, set[str]()
    for kind, value in items:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.append(chr(value))
        elif kind is sre.RANGE:
            found.extend([chr(value[0]), chr(value[1])])
        elif kind is sre.CATEGORY:
            found.extend(_CATEGORIES[value])
    if negated:
        excluded = set(found)
        found = [letter for letter in ("a", "1", " ", ".", *string.printable) if letter not in excluded][:3]
    return found or ["x"]
