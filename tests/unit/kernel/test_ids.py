"""Ids are ordered by time or derived from what they are about; never both alike."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.ids import derived_id, first_id, new_id

moments = st.integers(0, 7_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
parts = st.lists(st.text(max_size=20), max_size=4)


@given(moments)
def test_a_new_id_is_a_uuid_of_version_7_that_tells_its_millisecond(now: datetime) -> None:
    made = new_id(now)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(now.timestamp() * 1000)


@given(moments, st.integers(2, 10**9))
def test_a_later_id_sorts_behind(now: datetime, later_ms: int) -> None:
    assert new_id(now) < new_id(now + timedelta(milliseconds=later_ms))


@given(moments, st.integers(2, 10**9))
def test_a_first_id_parts_what_was_made_before_from_what_comes(now: datetime, later_ms: int) -> None:
    later = now + timedelta(milliseconds=later_ms)
    assert new_id(now) < first_id(later) < new_id(later)


def test_ids_of_one_moment_differ() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert len({new_id(now) for _ in range(5000)}) == 5000


@given(parts, parts)
def test_a_derived_id_stands_for_its_parts_alone(one: list[str], other: list[str]) -> None:
    assert derived_id(*one).version == 8
    assert (derived_id(*one) == derived_id(*other)) is (one == other)


def test_parts_do_not_run_together() -> None:
    assert derived_id("ab", "c") != derived_id("a", "bc")
    assert derived_id(UUID(int=1)) == derived_id(str(UUID(int=1)))
