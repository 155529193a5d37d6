"""What a stranger could learn from how long an answer takes: known addresses beside unknown ones, in turns.

Sign-in, a reset and an invitation do the same work for both, which tests/integration/services/test_same_work.py holds;
here it is timed. A ratio of 1 tells nothing.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from largesse.app.application import Application
from largesse.domain.merchants import find_merchant
from largesse.domain.staff import Role, SignInRefused
from largesse.services import staff as services
from tests.bench.instance import Instance
from tests.bench.report import Figure, compared
from tests.builders.certificates import a_merchant
from tests.builders.staff import BROWSER, OPERATOR, a_worker

ROUNDS: Final = 5
TURNS: Final = 20
RATIO_MAX: Final = 1.1

Try = Callable[[str], Awaitable[object]]


def measure(instance: Instance) -> list[Figure]:
    """Measure what each answer takes."""
    return asyncio.run(_measure(instance))


async def _measure(instance: Instance) -> list[Figure]:
    async with instance.application() as application:
        now = application.clock.now()
        async with application.database.connection() as connection:
            merchant = await find_merchant(connection, "demo")
        await a_worker(application, merchant, email="known@bakery.example", now=now)

        async def signs_in(email: str) -> None:
            with suppress(SignInRefused):
                await services.begin(application, email, "not the password of anybody", BROWSER, now=now)

        async def resets(email: str) -> None:
            await services.ask_for_reset(application, email, now=now)

        async def invites(email: str) -> None:
            await services.invite(application, merchant, email, Role.CLERK, by=OPERATOR, now=now)
            await services.withdraw(application, merchant, email, by=OPERATOR, now=now)

        tries: dict[str, tuple[Try, str]] = {
            "sign-in": (signs_in, "known@bakery.example"),
            "reset": (resets, "known@bakery.example"),
            "invitation": (invites, await _elsewhere(application)),
        }
        return [await _beside(name, attempt, known) for name, (attempt, known) in tries.items()]


async def _elsewhere(application: Application) -> str:
    """Return the address of somebody who works for another merchant alone, and so may be invited."""
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1999")
    await a_worker(application, other, email="tailor@bakery.example", now=application.clock.now())
    return "tailor@bakery.example"


async def _beside(name: str, attempt: Try, known: str) -> Figure:
    """Return how long a known address takes beside an unknown one."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for is_known in (True, False):
            times = []
            for _turn in range(TURNS):
                email = known if is_known else "nobody@bakery.example"
                began = time.perf_counter()
                await attempt(email)
                times.append((time.perf_counter() - began) * 1_000)
            taken[is_known].append(statistics.median(times))
    return compared(
        f"{name} of a known address", taken[True], taken[False], unit="ms", yardstick="an unknown one", most=RATIO_MAX
    )
