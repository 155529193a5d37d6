"""A process that does what a program asks for, and is killed before it has answered.

`python -m tests.integration.interfaces.rest_api.dying_program DSN KEYRING PROGRAM_KEY NUMBER`: redeems, then adds an
endpoint, and stands still when that is done and its answer is not kept yet.
"""

import asyncio
import sys
from typing import Any

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.domain import programs
from tests.builders.application import NOW, an_application
from tests.builders.programs import speaking
from tests.fakes.clock import StillClock

REDEEM = {"amount": "10.00", "currency": "USD"}
ENDPOINT = {"url": "https://hooks.example.com/in", "notify": "ops@example.com"}


async def _hang(*_given: Any, **_more: Any) -> None:
    sys.stdout.write("done\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


async def main(dsn: str, keyring: str, key: str, number: str) -> None:
    """Do both."""
    programs.answer_request = _hang
    async with (
        await Database.open(dsn, size_max=4) as database,
        an_application(database, clock=StillClock(NOW), keyring=FixedKeyring([bytes.fromhex(keyring)])) as application,
        speaking(application, key) as api,
    ):
        await api.done("/certificates/redeem", {**REDEEM, "number": number}, key="dies")
        await api.post("/endpoints", ENDPOINT, key="dies-too")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
