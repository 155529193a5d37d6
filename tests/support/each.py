"""One rule for hundreds of things, as one test: a test for each would cost more to hand out than to run."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Case = TypeVar("Case")


def hold_for_each(cases: Iterable[Case], rule: Callable[[Case], None], *, name: Callable[[Case], str] = str) -> None:
    """Ask `rule`, which asserts, of every case, and fail once with all that it does not hold for.

    Raises:
        AssertionError: it names them, and what was said of each; or there were no cases at all.
    """
    asked, wrong = 0, list[str]()
    for case in cases:
        asked += 1
        try:
            rule(case)
        except AssertionError as broken:
            wrong.append(f"{name(case)}: {broken}")
    if wrong or not asked:
        raise AssertionError("\n".join([f"It does not hold for {len(wrong)} of {asked}:", *wrong]))
