"""One till in a process of its own: it spends, holds, captures, reverses and transfers at random, and says what it
was told.

Run as `python -m tests.integration.ledger.till DSN SEED COUNT CERTIFICATE…`; prints one JSON line per acknowledged
command.
"""

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from largesse.db import Database, Writes
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import CaptureHold, Command, Ledger, PlaceHold, Redeem, ReleaseHold, Reverse, Transfer
from tests.builders.ledger import KEYRING, MERCHANT, NOW, SOON


def publish(writes: Writes, events: Sequence[Event]) -> None:
    """Publish to nobody."""


def say(answer: dict[str, object]) -> None:
    """Print what the ledger answered."""
    sys.stdout.write(json.dumps(answer) + "\n")


class Till:
    """Ask for random things on a few certificates."""

    def __init__(self, ledger: Ledger, seed: int, certificates: list[UUID]) -> None:
        self.ledger = ledger
        self.random = random.Random(seed)
        self.certificates = certificates
        self.holds: list[tuple[UUID, UUID]] = []
        self.redemptions: list[tuple[UUID, UUID]] = []

    def command(self) -> Command:
        """Choose what to ask for."""
        pick = self.random
        certificate_id = pick.choice(self.certificates)
        common: dict[str, Any] = {"merchant_id": MERCHANT, "operation_id": uuid4(), "actor": "till"}
        choice = pick.random()
        if choice < 0.2 and self.holds:
            certificate_id, hold_id = pick.choice(self.holds)
            if choice < 0.1:
                return ReleaseHold(**common, certificate_id=certificate_id, hold_id=hold_id)
            return CaptureHold(
                **common, certificate_id=certificate_id, hold_id=hold_id, value=pick.randint(0, 9), gratuity=1
            )
        if choice < 0.35 and self.redemptions:
            certificate_id, redemption_id = pick.choice(self.redemptions)
            return Reverse(**common, certificate_id=certificate_id, redemption_id=redemption_id)
        if choice < 0.45:
            return PlaceHold(**common, certificate_id=certificate_id, value=8, gratuity=1, expires_at=SOON)
        if choice < 0.6:
            other = pick.choice(self.certificates)
            return Transfer(**common, certificate_id=certificate_id, to_certificate_id=other, value=pick.randint(1, 40))
        return Redeem(**common, certificate_id=certificate_id, value=pick.randint(1, 30), gratuity=pick.randint(0, 1))

    async def ask(self) -> None:
        """Ask once; now and then ask the same again, as a till does whose line went dead."""
        command = self.command()
        for _ in range(2 if self.random.random() < 0.2 else 1):
            try:
                outcome = await self.ledger.submit(command, now=NOW)
            except LargesseError as refusal:
                say({"operation": str(command.operation_id), "refused": refusal.code})
                return
            say({"operation": str(command.operation_id), "seq": outcome.seq, "balance": outcome.balance})
        if isinstance(command, PlaceHold):
            self.holds.append((command.certificate_id, command.operation_id))
        if isinstance(command, Redeem):
            self.redemptions.append((command.certificate_id, command.operation_id))


async def main(dsn: str, seed: int, count: int, certificates: list[UUID]) -> None:
    """Run 16 lanes at once until `count` commands are asked."""
    async with (
        await Database.open(dsn, size_max=3) as database,
        Ledger(database, keyring=KEYRING, publish=publish, runners=2) as ledger,
    ):
        till = Till(ledger, seed, certificates)

        async def lane() -> None:
            for _ in range(count // 16):
                await till.ask()

        await asyncio.gather(*(lane() for _ in range(16)))


if __name__ == "__main__":
    address, first_seed, how_many, *ids = sys.argv[1:]
    asyncio.run(main(address, int(first_seed), int(how_many), [UUID(text) for text in ids]))
