"""When what nobody uses may be booked as breakage, and when the state is owed of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.law import (
    LawChoice,
    MerchantLaw,
    WhenUnknown,
    dormancy,
    find_profile,
    may_break,
    profiles,
    tells_unclaimed,
)

ISSUED = date(2020, 2, 10)


def _law(code: str, when_unknown: WhenUnknown = WhenUnknown.WAIT) -> MerchantLaw:
    choice = LawChoice(
        merchant_id=UUID(int=1), code=code, when_unknown=when_unknown, chosen_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    return MerchantLaw(choice=choice, profile=find_profile(code))


@pytest.mark.parametrize(
    "code, loaded_on, first",
    [
        ("DE", ISSUED, date(2024, 1, 1)),
        ("AT", ISSUED, date(2050, 2, 11)),
        ("US", ISSUED, date(2025, 2, 11)),
        ("US", date(2021, 5, 1), date(2026, 5, 2)),
        ("IE", date(2021, 5, 1), date(2025, 2, 11)),
        ("AU", ISSUED, date(2023, 2, 11)),
    ],
)
def test_breakage_waits_for_the_time_that_the_law_gives(code: str, loaded_on: date, first: date) -> None:
    before = first - timedelta(days=1)
    assert not may_break(_law(code), issued_on=ISSUED, loaded_on=loaded_on, today=before)
    assert may_break(_law(code), issued_on=ISSUED, loaded_on=loaded_on, today=first)


@pytest.mark.parametrize("code", ["US-CA", "US-CT", "CA-QC", "CA-ON"])
@pytest.mark.parametrize("when_unknown", WhenUnknown)
def test_where_nothing_may_expire_there_is_no_breakage(code: str, when_unknown: WhenUnknown) -> None:
    found = _law(code, when_unknown)
    assert not may_break(found, issued_on=ISSUED, loaded_on=ISSUED, today=date(2120, 1, 1))


@pytest.mark.parametrize("code", ["FR", "GB", "NZ", "EU"])
def test_what_is_unknown_waits_unless_the_merchant_says_otherwise(code: str) -> None:
    asked = {"issued_on": ISSUED, "loaded_on": ISSUED, "today": date(2026, 11, 29)}
    assert not may_break(_law(code), **asked)
    assert may_break(_law(code, WhenUnknown.BOOK), **asked)


def test_the_federal_rule_holds_where_that_of_the_state_is_unknown() -> None:
    found = _law("US-ME", WhenUnknown.BOOK)
    assert not may_break(found, issued_on=ISSUED, loaded_on=ISSUED, today=date(2025, 2, 10))
    assert may_break(found, issued_on=ISSUED, loaded_on=ISSUED, today=date(2025, 2, 11))
    assert not may_break(_law("US-ME"), issued_on=ISSUED, loaded_on=ISSUED, today=date(2100, 1, 1))


@given(
    code=st.sampled_from(sorted(profiles())),
    when_unknown=st.sampled_from(WhenUnknown),
    issued_on=st.dates(date(2008, 1, 1), date(2026, 11, 29)),
    days=st.tuples(st.integers(0, 3_000), st.integers(0, 20_000), st.integers(0, 5_000)),
)
def test_what_may_be_booked_once_may_be_ever_after(
    code: str, when_unknown: WhenUnknown, issued_on: date, days: tuple[int, int, int]
) -> None:
    idle, ahead, later = days
    asked = {"issued_on": issued_on, "loaded_on": issued_on + timedelta(days=idle)}
    today = issued_on + timedelta(days=ahead)
    if may_break(_law(code, when_unknown), **asked, today=today):
        assert may_break(_law(code, when_unknown), **asked, today=today + timedelta(days=later))


def test_the_state_is_owed_of_what_lies_too_long() -> None:
    asked = {"issued_on": ISSUED, "active_on": date(2024, 8, 1), "today": date(2026, 11, 29)}
    new_york = dormancy(find_profile("US-NY"), **asked)
    assert new_york is not None
    assert (new_york.last_day, new_york.share_percent, new_york.held.profile) == (date(2025, 2, 10), 100, "US-NY")
    alabama = dormancy(find_profile("US-AL"), **asked)
    assert alabama is not None
    assert (alabama.last_day, alabama.share_percent) == (date(2023, 6, 30), 60)
    assert dormancy(find_profile("US-CA"), **asked) is None
    assert dormancy(find_profile("DE"), **asked) is None


@pytest.mark.parametrize(
    "code, tells", [("US-NY", True), ("US-AL", True), ("US-CA", False), ("US", False), ("DE", False)]
)
def test_a_profile_tells_of_unclaimed_property_or_does_not(code: str, *, tells: bool) -> None:
    assert tells_unclaimed(find_profile(code), today=date(2026, 11, 29)) is tells
