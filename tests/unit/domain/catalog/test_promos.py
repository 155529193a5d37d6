"""What a promo code lets off, and when it does not hold."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.catalog import Line, PromoCode, check_promo
from largesse.domain.catalog.promos import (
    PromoAmountTooSmall,
    PromoNotYet,
    PromoOtherOfferings,
    PromoOver,
    PromoRefused,
    PromoUsedByBuyer,
    PromoUsedUp,
    fold_code,
)
from tests.builders.catalog import NOW, a_promo

MASSAGE, TEA = UUID(int=10), UUID(int=11)
LINES = [Line(offering_id=MASSAGE, amount=12_000), Line(offering_id=TEA, amount=3_333)]


def test_per_cent_is_taken_of_each_gift_half_up() -> None:
    assert check_promo(a_promo(percent=Decimal("12.5")), LINES, now=NOW) == (1_500, 417)


def test_a_fixed_sum_is_taken_once_from_the_gifts_in_turn() -> None:
    assert check_promo(a_promo(amount=1_000), LINES, now=NOW) == (1_000, 0)
    assert check_promo(a_promo(amount=13_000), LINES, now=NOW) == (12_000, 1_000)
    assert check_promo(a_promo(amount=99_000), LINES, now=NOW) == (12_000, 3_333)


def test_only_the_gifts_it_holds_for_are_discounted() -> None:
    assert check_promo(a_promo(offering_ids=(TEA,)), LINES, now=NOW) == (0, 333)
    assert check_promo(a_promo(amount=5_000, offering_ids=(TEA,)), LINES, now=NOW) == (0, 3_333)


@given(
    amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    percent=st.decimals("0.01", 100, places=2),
    fixed=st.integers(1, 10**10),
)
def test_no_gift_is_discounted_below_nothing_or_beyond_its_amount(
    amounts: list[int], percent: Decimal, fixed: int
) -> None:
    lines = [Line(offering_id=uuid4(), amount=amount) for amount in amounts]
    found = {
        name: check_promo(promo, lines, now=NOW)
        for name, promo in {"part": a_promo(percent=percent), "sum": a_promo(amount=fixed)}.items()
    }
    for shares in found.values():
        assert all(0 <= let_off <= amount for let_off, amount in zip(shares, amounts, strict=True))
    assert sum(found["sum"]) == min(fixed, sum(amounts))


@pytest.mark.parametrize(
    "promo, used, refusal",
    [
        (a_promo(stopped_at=NOW), 0, PromoOver),
        (a_promo(ends_at=NOW), 0, PromoOver),
        (a_promo(starts_at=NOW + timedelta(seconds=1)), 0, PromoNotYet),
        (a_promo(uses_max=3, uses=3), 0, PromoUsedUp),
        (a_promo(uses_per_buyer_max=1), 1, PromoUsedByBuyer),
        (a_promo(offering_ids=(UUID(int=12),)), 0, PromoOtherOfferings),
        (a_promo(amount_min=15_334), 0, PromoAmountTooSmall),
        (a_promo(amount_min=12_000, offering_ids=(TEA,)), 0, PromoAmountTooSmall),
    ],
)
def test_a_code_that_does_not_hold_says_why(promo: PromoCode, used: int, refusal: type[PromoRefused]) -> None:
    with pytest.raises(refusal) as refused:
        check_promo(promo, LINES, now=NOW, used_by_buyer=used)
    assert refused.value.message.endswith(".")


def test_at_its_limits_it_holds() -> None:
    promo = a_promo(
        starts_at=NOW, ends_at=NOW + timedelta(seconds=1), uses_max=3, uses=2, uses_per_buyer_max=2, amount_min=15_333
    )
    assert check_promo(promo, LINES, now=NOW, used_by_buyer=1) == (1_200, 333)


@pytest.mark.parametrize("written", ["SPRING", "spring", " Spring ", "ＳＰＲＩＮＧ"])
def test_a_code_is_read_however_it_is_written(written: str) -> None:
    assert fold_code(written) == "spring"
