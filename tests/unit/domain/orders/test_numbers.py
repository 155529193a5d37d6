"""Order numbers."""

import pytest

from largesse.domain.orders import folded_prefix_of_order, new_order_number
from largesse.kernel.numbers import ALPHABET


@pytest.mark.parametrize("prefix", ["G", "GL", "GLO", "GLOB"])
def test_a_number_of_ours_has_13_characters_and_begins_with_the_prefix(prefix: str) -> None:
    number = new_order_number(prefix)

    assert len(number) == 13
    assert number.startswith(f"{prefix}-")
    assert set(number.removeprefix(f"{prefix}-")) <= set(ALPHABET)


def test_numbers_do_not_repeat() -> None:
    assert len({new_order_number("GLOB") for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "number, prefix",
    [
        ("GL-ABCDEFGH12", "G1"),
        ("gl-abcdefgh12", "G1"),
        ("XO-ABCDEFGH12", "X0"),
        ("GL-ABCDEFGHU2", None),
        ("GL-ABCDEFGH1", None),
        ("GLOBE-ABCDE12", None),
        ("1234567890123", None),
        ("-ABCDEFGH1234", None),
    ],
)
def test_a_number_that_could_be_ours_is_known_by_its_prefix(number: str, prefix: str | None) -> None:
    assert folded_prefix_of_order(number) == prefix
