"""Waits between tries."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.backoff import Backoff

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_each_failure_has_its_wait_and_the_last_one_repeats() -> None:
    backoff = Backoff.of_seconds(0.5, 2, 10)
    assert [backoff.seconds(failures) for failures in (0, 1, 2, 3, 4, 99)] == [0.5, 0.5, 2, 10, 10, 10]
    assert [backoff.exhausted(failures) for failures in (1, 3, 4)] == [False, False, True]
    assert backoff.at(2, now=NOW) == NOW + timedelta(seconds=2)


def test_it_doubles_as_often_as_it_is_told() -> None:
    backoff = Backoff.doubling(timedelta(milliseconds=40), times=3)
    assert [backoff.seconds(failures) for failures in (1, 2, 3, 4, 5)] == [0.04, 0.08, 0.16, 0.32, 0.32]


@given(st.integers(1, 20), st.floats(0, 1))
def test_jitter_adds_its_share_at_most(failures: int, chance: float) -> None:
    plain, jittered = Backoff.of_seconds(5, 60), Backoff(timedelta(seconds=5), timedelta(seconds=60), jitter=0.1)
    assert plain.wait(failures) <= jittered.wait(failures, chance=chance) <= plain.wait(failures) * 1.1
