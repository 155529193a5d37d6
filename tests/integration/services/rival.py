"""A process that does what it is told to certificates that others work on at the same moment, and says what came of it.

Run as `python -m tests.integration.services.rival DSN`. Each line on stdin is a `Round`, each line on stdout its
answers.
"""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import merchants, payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Notice, NoticeKind
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.ids import derived_id
from largesse.ledger import Expire, Outcome, VoidReason
from largesse.services.certificates import (
    Place,
    Request,
    Tender,
    capture_hold,
    merge,
    place_hold,
    redeem,
    reinstate,
    reload,
)
from largesse.services.payments.notices import take_note
from largesse.services.refunds import refund, void
from tests.builders.payments import a_paying_application
from tests.builders.shop import NOW

ACTOR = "rival"
LATER = NOW + timedelta(days=2)
"""When what is good through tomorrow has expired."""
HOURS = timedelta(hours=4)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What to do to which certificates. `holds` are those that stand on them, one each."""

    number: int
    kinds: list[str]
    seed: int
    merchant_id: UUID
    checkout_id: UUID
    certificate_ids: list[UUID]
    holds: list[UUID]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one operation: done with this value, or refused by this code, or a fault that nobody may see."""

    kind: str
    operation_id: UUID
    value: int = 0
    seq: int = 0
    refused: str | None = None
    fault: str | None = None


class Rival:
    """One process at work."""

    def __init__(self, deps: Application, merchant: Merchant, task: Round) -> None:
        self.deps = deps
        self.merchant = merchant
        self.task = task
        self.kinds: dict[str, Callable[[int, Request], Awaitable[Outcome]]] = {
            "redeem": lambda at, request: redeem(deps, self.place(at), value=7, gratuity=1, request=request, now=NOW),
            "hold": lambda at, request: place_hold(
                deps, self.place(at), value=11, lasting=HOURS, request=request, now=NOW
            ),
            "capture": lambda at, request: capture_hold(
                deps, self.place(at), hold_id=task.holds[at], value=9, request=request, now=NOW
            ),
            "refund": lambda at, request: refund(deps, self.place(at), value=13, gratuity=0, request=request, now=NOW),
            "transfer": self.transfer,
            "void": lambda at, request: void(deps, self.place(at), reason=VoidReason.FRAUD, request=request, now=NOW),
            "reload": lambda at, request: reload(
                deps, self.place(at), value=17, tender=Tender.CASH, request=request, now=NOW
            ),
            "expire": self.expire,
            "reinstate": lambda at, request: reinstate(deps, merchant, self.place(at), request=request, now=NOW),
        }

    def place(self, at: int) -> Place:
        """Where a certificate of the round stands."""
        ids = self.task.certificate_ids
        return Place(merchant_id=self.task.merchant_id, certificate_id=ids[at % len(ids)])

    async def transfer(self, at: int, request: Request) -> Outcome:
        """Move value to a neighbour: to the next from one process, to the one before from another."""
        step = 1 if self.task.seed % 2 else -1
        return await merge(self.deps, self.place(at), self.place(at + step), value=5, request=request, now=NOW)

    async def expire(self, at: int, request: Request) -> Outcome:
        """Book an expiry, as the duty does."""
        one = self.place(at)
        command = Expire(
            merchant_id=one.merchant_id,
            certificate_id=one.certificate_id,
            operation_id=request.operation_id,
            actor=request.actor,
        )
        return await self.deps.ledger.submit(command, now=LATER)

    async def dispute(self) -> Answer:
        """Hear that the bank keeps the money; every process hears it."""
        name = f"dp_{self.task.number}"
        operation_id = derived_id(name)
        async with self.deps.database.connection() as connection:
            [payment] = await payments.payments_of_checkout(connection, self.task.merchant_id, self.task.checkout_id)
        notice = Notice(
            notice_id=f"evt_{name}",
            kind=NoticeKind.DISPUTE_LOST,
            reference=payment.reference,
            intent=payment.intent,
            currency=payment.currency,
            amount=payment.amount,
            dispute=name,
        )
        try:
            taken = await take_note(self.deps, payment.account, notice, now=NOW)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to hear of it
            return Answer(kind="dispute", operation_id=operation_id, fault=repr(error))
        return Answer(kind="dispute", operation_id=operation_id, value=int(taken.outcome == "dispute lost"))

    async def ask(self, kind: str, at: int, turn: int) -> list[Answer]:
        """Ask; now and then twice at once, as somebody does whose line went dead, and again what was done."""
        if kind == "dispute":
            return [await self.dispute()]
        operation_id = derived_id("rival", str(self.task.number), str(self.task.seed), kind, str(at), str(turn))
        request = Request(operation_id=operation_id, actor=ACTOR)
        times = 2 if (at + turn) % 3 == 0 else 1
        answers = list(await asyncio.gather(*(self.once(kind, at, request) for _ in range(times))))
        if times == 2 and any(one.seq for one in answers):
            again = await self.once(kind, at, request)
            told_otherwise = again.refused is not None
            answers.append(msgspec.structs.replace(again, fault="done, then refused") if told_otherwise else again)
        return answers

    async def once(self, kind: str, at: int, request: Request) -> Answer:
        """Ask, and tell what came of it."""
        try:
            outcome = await self.kinds[kind](at, request)
        except Unavailable as error:
            return Answer(kind=kind, operation_id=request.operation_id, fault=error.code)
        except LargesseError as error:
            return Answer(kind=kind, operation_id=request.operation_id, refused=error.code)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to hear of it
            return Answer(kind=kind, operation_id=request.operation_id, fault=repr(error))
        return Answer(kind=kind, operation_id=request.operation_id, value=outcome.value, seq=outcome.seq)

    async def work(self) -> list[Answer]:
        """Do all of it at once, in an order of one's own."""
        wanted = [
            (kind, at, turn)
            for turn, kind in enumerate(self.task.kinds)
            for at in range(len(self.task.certificate_ids) if kind != "dispute" else 1)
        ]
        random.Random(self.task.seed).shuffle(wanted)
        answers = await asyncio.gather(*(self.ask(*one) for one in wanted))
        return [answer for several in answers for answer in several]


async def main(dsn: str) -> None:
    """Do rounds until stdin ends."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    loop = asyncio.get_running_loop()
    async with await Database.open(dsn, size_max=6) as database, a_paying_application(database) as deps:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            task = msgspec.json.decode(line, type=Round)
            async with deps.database.connection() as connection:
                merchant = await merchants.merchant_of_id(connection, task.merchant_id)
            answers: Any = await Rival(deps, merchant, task).work()
            sys.stdout.write(msgspec.json.encode(answers).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
