"""What holds one rule for many things in one test."""

import pytest

from tests.support.each import hold_for_each


def even(number: int) -> None:
    assert number % 2 == 0, "it is odd"


def test_what_holds_for_all_says_nothing() -> None:
    hold_for_each(range(0, 10, 2), even)


def test_all_that_it_does_not_hold_for_are_named() -> None:
    with pytest.raises(AssertionError) as broken:
        hold_for_each([2, 3, 4, 5], even, name=lambda number: f"no. {number}")
    first, *named = str(broken.value).splitlines()
    assert first == "It does not hold for 2 of 4:"
    assert [line for line in named if line.startswith("no. ")] == ["no. 3: it is odd", "no. 5: it is odd"]


def test_nothing_to_hold_a_rule_for_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        hold_for_each([], even)
