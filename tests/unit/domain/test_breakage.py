"""What is earned of value that nobody will use: cases as a bookkeeper tells them, and what holds of all of them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.domain.breakage import (
    BreakageMethod,
    BreakageRule,
    BreakageState,
    Cohort,
    cohort_id,
    reckon,
    rule_for,
)

MONTH = date(2026, 11, 1)
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def a_rule(method: BreakageMethod = BreakageMethod.PROPORTIONAL, **given: Any) -> BreakageRule:
    told: dict[str, Any] = {
        BreakageMethod.PROPORTIONAL: {"rate_ppm": 100_000},
        BreakageMethod.WHEN_REMOTE: {"remote_months": 24},
        BreakageMethod.AT_EXPIRY: {},
    }[method]
    usual: dict[str, Any] = {
        "merchant_id": UUID(int=1),
        "rule_id": UUID(int=2),
        "class_of_value": "paid",
        "currency": "EUR",
        "method": method,
        "since": MONTH,
        "why": "five years of books",
        "state": BreakageState.AGREED,
        "requested_by": "Ida",
        "requester_id": UUID(int=3),
        "requested_at": NOW,
        "decided_by": "Ada",
        "decided_at": NOW,
    }
    return BreakageRule(**usual | told | given)


def a_cohort(**given: int) -> Cohort:
    return Cohort(legal_entity_id=UUID(int=4), currency="EUR", class_of_value="paid", month=MONTH, **given)


@pytest.mark.parametrize(
    "told, expected, estimated",
    [
        # Sold 1,000.00; 10 % stays unused, so 900.00 will be used. Half of that was: half of the 100.00 is earned.
        ({"issued": 100_000, "redeemed": 45_000}, 10_000, 5_000),
        # All that was expected to be used was: all of the breakage is earned, and 100.00 can still be used.
        ({"issued": 100_000, "redeemed": 90_000}, 10_000, 10_000),
        # More than that was used: only what is left can stay unused.
        ({"issued": 100_000, "redeemed": 97_000}, 10_000, 3_000),
        # 40.00 expired for good, which is no estimate any more.
        ({"issued": 100_000, "redeemed": 90_000, "expired": 4_000}, 10_000, 6_000),
        ({"issued": 100_000, "redeemed": 45_000, "expired": 8_000}, 10_000, 0),
        # 200.00 were given back, 100.00 paid out: nobody uses these, and nobody forgets them.
        ({"issued": 100_000, "given_back": 20_000, "cashed_out": 10_000, "redeemed": 31_500}, 7_000, 3_500),
        ({"issued": 100_000, "handed_over": 100_000}, 0, 0),
        ({"issued": 100_000}, 10_000, 0),
        ({}, 0, 0),
    ],
)
def test_what_is_expected_is_earned_in_proportion_to_what_is_used(
    told: dict[str, int], expected: int, estimated: int
) -> None:
    found = reckon(a_cohort(**told), a_rule(), through=MONTH, kept_percent=100)
    assert (found.expected, found.estimated) == (expected, estimated)


def test_what_the_state_is_owed_is_never_breakage() -> None:
    """Of 100.00 that stay unused the state is owed 60 %: 40.00 are expected, and 20.00 of them earned at half."""
    half = a_cohort(issued=100_000, redeemed=45_000)
    assert reckon(half, a_rule(), through=MONTH, kept_percent=40).estimated == 2_000
    assert reckon(half, a_rule(), through=MONTH, kept_percent=0).estimated == 0
    old = a_cohort(issued=100_000, redeemed=90_000)
    remote = a_rule(BreakageMethod.WHEN_REMOTE)
    assert reckon(old, remote, through=date(2028, 11, 1), kept_percent=40).estimated == 4_000


def test_when_its_use_is_remote_all_that_is_left_is_earned_and_nothing_before() -> None:
    """What was sold in November 2026, with 24 months: from the close of November 2028 on."""
    remote, left = a_rule(BreakageMethod.WHEN_REMOTE), a_cohort(issued=100_000, redeemed=90_000)
    assert reckon(left, remote, through=date(2028, 10, 1), kept_percent=100).estimated == 0
    assert reckon(left, remote, through=date(2028, 11, 1), kept_percent=100).estimated == 10_000
    assert reckon(a_cohort(issued=100, redeemed=100), remote, through=date(2030, 1, 1), kept_percent=100).estimated == 0


def test_without_a_rule_nothing_is_earned_before_it_expires() -> None:
    used = a_cohort(issued=100_000, redeemed=90_000)
    for rule in (None, a_rule(BreakageMethod.AT_EXPIRY)):
        assert reckon(used, rule, through=date(2040, 1, 1), kept_percent=100).estimated == 0


def test_a_month_goes_by_the_newest_rule_that_was_agreed_to_for_it() -> None:
    first, later = a_rule(), a_rule(rule_id=UUID(int=5), since=date(2027, 1, 1), rate_ppm=50_000)
    again = replace(later, rule_id=UUID(int=6), decided_at=datetime(2026, 12, 1, tzinfo=UTC))
    waits = a_rule(rule_id=UUID(int=7), since=date(2026, 12, 1), state=BreakageState.REQUESTED, decided_at=None)
    known = [first, again, later, waits]

    def found(month: date, **given: str) -> BreakageRule | None:
        return rule_for(known, **{"class_of_value": "paid", "currency": "EUR"} | given, month=month)

    assert found(date(2026, 10, 1)) is None
    assert found(date(2026, 12, 1)) == first
    assert found(date(2027, 5, 1)) == again
    assert found(date(2027, 5, 1), currency="USD") is None
    assert found(date(2027, 5, 1), class_of_value="credit") is None


AMOUNTS = st.integers(0, 10**9)


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    """What may have become of what was sold: nobody takes more than there is."""
    issued = left = draw(AMOUNTS)
    parts = {}
    for name in draw(st.permutations(["given_back", "redeemed", "expired", "cashed_out", "handed_over"])):
        parts[name] = draw(st.integers(0, left))
        left -= parts[name]
    return a_cohort(issued=issued, **parts)


@given(cohorts(), st.integers(1, 990_000), st.integers(0, 100), st.integers(0, 10**9))
def test_no_more_is_earned_than_is_expected_and_left(cohort: Cohort, rate: int, kept: int, more: int) -> None:
    rule = a_rule(rate_ppm=rate)
    found = reckon(cohort, rule, through=MONTH, kept_percent=kept)
    assert 0 <= found.estimated <= cohort.outstanding * kept // 100
    assert found.estimated + min(cohort.expired, found.expected) <= max(found.expected, cohort.expired)
    # Whoever uses more makes it no less, until nothing is left to stay unused.
    step = min(more, cohort.outstanding)
    after = replace(cohort, redeemed=cohort.redeemed + step)
    later = reckon(after, rule, through=MONTH, kept_percent=kept)
    assert later.estimated >= min(found.estimated, after.outstanding * kept // 100)
    used_up = replace(cohort, redeemed=cohort.redeemed + cohort.outstanding)
    assert reckon(used_up, rule, through=MONTH, kept_percent=kept).estimated == 0


@given(cohorts(), st.integers(0, 100), st.integers(0, 60))
def test_when_remote_is_all_or_nothing(cohort: Cohort, kept: int, months: int) -> None:
    through = date(2026 + (10 + months) // 12, (10 + months) % 12 + 1, 1)
    found = reckon(cohort, a_rule(BreakageMethod.WHEN_REMOTE), through=through, kept_percent=kept)
    assert found.estimated == (cohort.outstanding * kept // 100 if months >= 24 else 0)


def test_each_cohort_has_an_id_of_its_own() -> None:
    one = a_cohort()
    others = [
        replace(one, currency="USD"), replace(one, class_of_value="credit"), replace(one, month=date(2026, 12, 1)),
        replace(one, legal_entity_id=UUID(int=9)),
    ]  # fmt: skip
    ids = {cohort_id(UUID(int=1), each) for each in (one, *others)}
    assert len({*ids, cohort_id(UUID(int=2), one)}) == 6
    assert cohort_id(UUID(int=1), replace(one, issued=5)) in ids
