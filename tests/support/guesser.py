"""One of several processes that guess at once: it is told DSN, bound and how often, and prints how many passed."""

import asyncio
import sys
from datetime import timedelta

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.web.errors import TooManyRequests
from largesse.web.shared_limits import SharedLimit
from tests.builders.application import NOW, an_application
from tests.fakes.clock import StillClock


async def _guess(dsn: str, most: int, times: int) -> int:
    async with (
        await Database.open(dsn, size_max=8) as database,
        an_application(database, clock=StillClock(NOW), keyring=FixedKeyring([bytes(32)])) as application,
    ):
        limit = SharedLimit(application, "race", most=most, within=timedelta(minutes=1))

        async def one() -> int:
            try:
                async with limit.attempt("somebody") as attempt:
                    attempt.miss()
            except TooManyRequests:
                return 0
            return 1

        return sum(await asyncio.gather(*(one() for _ in range(times))))


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(_guess(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
