"""When a session counts: never before the second factor, not when idle, not when old, not once ended."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.staff import Role, StaffSession, has_stepped_up
from largesse.domain.staff.sessions import TOKEN_LENGTH, digest_of_token, new_token

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)
HALF_WAY = StaffSession(session_id=ONE, person_id=OTHER, made_at=NOW, seen_at=NOW)
SIGNED_IN = msgspec.structs.replace(HALF_WAY, signed_in_at=NOW)

minutes = st.integers(-60, 24 * 60).map(lambda count: timedelta(minutes=count))


@given(minutes)
def test_half_way_it_counts_for_nothing_and_stays_open_for_ten_minutes(later: timedelta) -> None:
    assert not HALF_WAY.counts(NOW + later)
    assert HALF_WAY.is_open(NOW + later) is (timedelta() <= later < timedelta(minutes=10))


@given(minutes)
def test_signed_in_and_unused_it_counts_for_two_hours(later: timedelta) -> None:
    assert SIGNED_IN.counts(NOW + later) is (timedelta() <= later < timedelta(hours=2))


@given(minutes)
def test_used_all_the_time_it_counts_for_twelve_hours(later: timedelta) -> None:
    used = msgspec.structs.replace(SIGNED_IN, seen_at=NOW + later)
    assert used.counts(NOW + later) is (timedelta() <= later < timedelta(hours=12))


@given(minutes)
def test_ended_it_counts_no_more(later: timedelta) -> None:
    ended = msgspec.structs.replace(SIGNED_IN, ended_at=NOW)
    assert not ended.counts(NOW + later)
    assert not ended.is_open(NOW + later)


def test_a_step_up_counts_for_one_merchant() -> None:
    stepped_up = msgspec.structs.replace(SIGNED_IN, confirmed_for=ONE, confirmed_at=NOW)
    assert has_stepped_up(stepped_up.authority(ONE, Role.OWNER, recovered_at=None), now=NOW)
    assert not has_stepped_up(stepped_up.authority(OTHER, Role.OWNER, recovered_at=None), now=NOW)


def test_tokens_differ_and_no_longer_text_passes_for_one() -> None:
    token = new_token()
    assert len(token) == TOKEN_LENGTH
    assert digest_of_token(token) != digest_of_token(new_token())
    assert digest_of_token(token + "x") != digest_of_token(token)
