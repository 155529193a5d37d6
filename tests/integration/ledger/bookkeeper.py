"""One of several processes that book the same entries at the same time, undo some, and sell and spend certificates.

Run as `python -m tests.integration.ledger.bookkeeper DSN SEED`; prints a line for each answer: the operation, and the
row that it was told, or `refused`.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from uuid import UUID

from largesse.db import Database, Writes
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import Command, Kind, Ledger, SubjectKind
from tests.builders.ledger import KEYRING, NOW, entry, issue, redeem, undo

LANES = 16
_PARTNERS = [UUID(int=700 + number) for number in range(3)]
_MATCH = (Kind.MATCH, SubjectKind.PARTNER, "invoice")
_RECEIVED = (Kind.RECEIVE, SubjectKind.BANK_ACCOUNT, "partner")


def commands() -> list[Command]:
    """What every process asks for: the same of all."""
    asked: list[Command] = []
    for number in range(150):
        partner = _PARTNERS[number % len(_PARTNERS)]
        ids = [UUID(int=10_000 * kind + number) for kind in range(1, 8)]
        match = entry(_MATCH, 1 + number, subject_id=partner, operation_id=ids[1])
        asked += [
            entry(_RECEIVED, 1 + number, party_id=partner, operation_id=ids[0]),
            match,
            undo(match, Kind.UNMATCH, operation_id=ids[2]),
            undo(match, Kind.UNMATCH, operation_id=ids[3]),
            issue(value=50, certificate_id=ids[4], operation_id=ids[4]),
            redeem(ids[4], 1 + number, operation_id=ids[5]),
        ]
    return asked


def publish(writes: Writes, events: Sequence[Event]) -> None:
    """Publish to nobody."""


async def main(dsn: str, seed: int) -> None:
    """Ask for all of it, in an order of one's own."""
    asked = commands()
    random.Random(seed).shuffle(asked)
    async with (
        await Database.open(dsn, size_max=3) as database,
        Ledger(database, keyring=KEYRING, publish=publish, told_time=True, runners=2) as ledger,
    ):

        async def lane(mine: list[Command]) -> None:
            for command in mine:
                try:
                    told = str((await ledger.submit(command, now=NOW)).seq)
                except LargesseError:
                    told = "refused"
                sys.stdout.write(f"{command.operation_id} {told}\n")

        await asyncio.gather(*(lane(asked[number::LANES]) for number in range(LANES)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
