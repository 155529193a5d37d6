"""Limits of waiting, stretched for slow machines."""

from collections.abc import Iterator

import pytest

from largesse.kernel.time_limits import limit, stretch


@pytest.fixture
def as_before() -> Iterator[None]:
    before = int(limit(1))
    yield
    stretch(before)


@pytest.mark.time_limits
def test_a_limit_is_as_it_is_written() -> None:
    assert limit(3.5) == 3.5


@pytest.mark.usefixtures("as_before")
def test_all_limits_are_stretched_alike() -> None:
    stretch(7)
    assert [limit(1), limit(0.5), limit(0)] == [7, 3.5, 0]
