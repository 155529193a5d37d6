import asyncio

import pytest
from argon2 import PasswordHasher

from largesse.adapters.passwords import WAITING_MAX, Argon2Passwords
from largesse.kernel.passwords import PasswordsBusy

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_only_the_right_password_matches() -> None:
    passwords = Argon2Passwords(QUICK)
    hashed = await passwords.hashed("a quiet afternoon")
    assert hashed.startswith("$argon2id$")
    assert await passwords.matches("a quiet afternoon", hashed=hashed)
    for other in ("", "A quiet afternoon", "a quiet afternoon ", "x" * 10_000):
        assert not await passwords.matches(other, hashed=hashed)


async def test_nobody_has_no_password_and_neither_has_a_broken_hash() -> None:
    passwords = Argon2Passwords(QUICK)
    assert not await passwords.matches("nobody has this password", hashed=None)
    assert not await passwords.matches("x", hashed="not a hash")


async def test_the_loop_goes_on_and_a_crowd_is_turned_away() -> None:
    passwords = Argon2Passwords(QUICK)
    hashed = await passwords.hashed("x")
    checks = (passwords.matches("x", hashed=hashed) for _ in range(WAITING_MAX + 10))
    outcomes = await asyncio.gather(*checks, return_exceptions=True)
    assert outcomes.count(True) == WAITING_MAX
    assert sum(isinstance(outcome, PasswordsBusy) for outcome in outcomes) == 10


@pytest.mark.parametrize("length, fits", [(256, True), (257, False)])
async def test_a_password_longer_than_any_that_is_meant_never_matches(length: int, *, fits: bool) -> None:
    passwords = Argon2Passwords(QUICK)
    hashed = await passwords.hashed("x" * length)
    assert await passwords.matches("x" * length, hashed=hashed) is fits
