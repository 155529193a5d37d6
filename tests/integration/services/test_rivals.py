"""Every pair of things that move money, at once on the same certificates, by several processes, in different orders.

No deadlock reaches a caller, nothing that was answered is lost, nothing happens twice, and the books are proven.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from itertools import combinations_with_replacement
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Expire
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.certificates import Place, Request, place_hold
from largesse.services.orders import selling
from largesse.services.orders.fulfilment import fulfil
from tests.builders.orders import a_basket, a_charge
from tests.builders.payments import a_paying_application
from tests.builders.shop import NOW, a_seller
from tests.integration.services.rival import ACTOR, HOURS, LATER, Answer, Round

ROOT = Path(__file__).parents[3]
KINDS = ("redeem", "hold", "capture", "refund", "dispute", "expire", "transfer", "void", "reload", "reinstate")
PROCESSES = 3
CERTIFICATES = 3
TOMORROW = date(2026, 11, 23)


@asynccontextmanager
async def a_rival(dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Lend a process that is ready to work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.services.rival",
        dsn,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=2**20,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def answers_of(process: asyncio.subprocess.Process, task: Round) -> list[Answer]:
    """Hand a process a round, and return what came of it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(task) + b"\n")
    return msgspec.json.decode(await process.stdout.readline(), type=list[Answer])


async def a_checkout(application: Application, merchant: Merchant) -> tuple[UUID, list[UUID]]:
    """Three certificates of 1.00 and 0.20 gratuity that one payment bought, good through tomorrow."""
    basket = a_basket(*(a_charge(100, tip=20) for _ in range(CERTIFICATES)))
    gifts = tuple(replace(gift, good_through=TOMORROW) for gift in basket.gifts)
    placed = await selling.place(application, merchant, replace(basket, gifts=gifts), now=NOW)
    checkout = placed.checkout
    name = f"test_{checkout.checkout_id}"
    payment = Payment(
        merchant_id=merchant.merchant_id,
        payment_id=new_id(NOW),
        checkout_id=checkout.checkout_id,
        gateway=payments.TEST,
        reference=name,
        intent=f"{name}:money",
        status=PaymentStatus.SUCCEEDED,
        currency=checkout.currency,
        amount=checkout.total,
        created_at=NOW,
        settled_at=NOW,
    )
    done = await fulfil(application, merchant, payment, actor="test", now=NOW)
    return checkout.checkout_id, [one.certificate_id for one in done.orders if one.certificate_id is not None]


async def prepared(application: Application, merchant: Merchant, pair: tuple[str, str], number: int) -> Round:
    """Certificates that both of a pair can be about: held where one captures, expired where one reinstates."""
    checkout_id, ids = await a_checkout(application, merchant)
    holds = [uuid4() for _ in ids]
    for certificate_id, hold_id in zip(ids, holds, strict=True):
        place = Place(merchant_id=merchant.merchant_id, certificate_id=certificate_id)
        if "capture" in pair and "reinstate" not in pair:
            request = Request(operation_id=hold_id, actor="test")
            await place_hold(application, place, value=40, lasting=HOURS, request=request, now=NOW)
        if "reinstate" in pair:
            command = Expire(
                merchant_id=merchant.merchant_id, certificate_id=certificate_id, operation_id=uuid4(), actor="test"
            )
            await application.ledger.submit(command, now=LATER)
    return Round(
        number=number,
        kinds=[],
        seed=0,
        merchant_id=merchant.merchant_id,
        checkout_id=checkout_id,
        certificate_ids=ids,
        holds=holds,
    )


async def test_no_pair_of_movements_deadlocks_loses_or_doubles(database: Database, dsn: str) -> None:
    merchant = await a_seller(database)
    told: list[Answer] = []
    rounds = 0
    async with a_paying_application(database) as application, AsyncExitStack() as stack:
        rivals = await asyncio.gather(*(stack.enter_async_context(a_rival(dsn)) for _ in range(PROCESSES)))
        for number, pair in enumerate(combinations_with_replacement(KINDS, 2)):
            task = await prepared(application, merchant, pair, number)
            # One does the first, one the second, and one both, each in an order of its own.
            shares = ([pair[0]], [pair[1]], [*pair])
            answers = await asyncio.gather(
                *(
                    answers_of(rival, replace(task, kinds=kinds, seed=seed))
                    for seed, (rival, kinds) in enumerate(zip(rivals, shares, strict=True))
                )
            )
            told += [one for several in answers for one in several]
            rounds += 1

    assert rounds == len(KINDS) * (len(KINDS) + 1) // 2
    assert [one for one in told if one.fault] == []
    done = [one for one in told if one.refused is None]
    happened = Counter(one.kind for one in done if one.value or one.kind == "expire")
    assert set(happened) == set(KINDS), "a kind that never takes effect proves nothing"

    async with database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
        books = {line.account: line.balance for line in await trial_balance(connection)}
        rows = await connection.fetch("SELECT DISTINCT operation_id FROM journal WHERE actor = $1", ACTOR)
        owed = await connection.fetch("SELECT amount FROM refunds")
        paid = await connection.fetchval("SELECT sum(amount)::bigint FROM payments")
        taken = await connection.fetchval("SELECT sum(amount)::bigint FROM disputes WHERE status = 'lost'")
        reloaded = await connection.fetchval("SELECT sum(amount)::bigint FROM journal WHERE kind = 'reload'")
    by_request = {one.operation_id: one for one in done if one.kind != "dispute"}
    # What was answered is written, and nothing else; asked twice, it was told the same.
    assert {row["operation_id"] for row in rows} == set(by_request)
    assert all((one.seq, one.value) == _of(by_request[one.operation_id]) for one in done if one.kind != "dispute")
    # Each bank took its money once, and what a refund owes is what was taken off.
    assert sum(one.value for one in done if one.kind == "dispute") == len(KINDS)
    assert sum(row["amount"] for row in owed) == sum(one.value for one in by_request.values() if one.kind == "refund")
    assert (books[Account.GATEWAY_CLEARING], books[Account.CASH]) == (paid - taken, reloaded)


def _of(answer: Answer) -> tuple[int, int]:
    return answer.seq, answer.value
