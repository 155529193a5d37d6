"""Eight processes at two servers take the same three certificates: as one bill, and each alone."""

import asyncio
import contextlib
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts

import msgspec

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.app.routes import interface_routes
from largesse.app.web import make_app
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.ledger import Kind
from largesse.ledger.proofs import verify
from tests.builders.application import an_application
from tests.builders.certificates import Card, a_card, a_merchant
from tests.builders.staff import a_worker
from tests.support.serving import served

ROUNDS = 2
VALUE = 10_000
BILLS = ((0, 1, 2), (0, 1, 2), (2, 1, 0), (0,), (1,), (2,), (1,), (2,))
"""Which of the certificates each of the eight takes, and in which order they are typed."""


@contextlib.asynccontextmanager
async def a_server(dsn: str) -> AsyncIterator[Application]:
    """A server of its own, with connections of its own, on the same database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keyring = FixedKeyring([bytes(32)])
    async with await Database.open(dsn) as database, an_application(database, keyring=keyring) as plain:
        application = with_parts(plain, base_url=f"http://localhost:{port}")
        async with served(make_app(interface_routes(application)), port=port):
            yield application


@contextlib.asynccontextmanager
async def a_racer(application: Application, merchant: Merchant, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with the browser of a clerk of its own."""
    now = application.clock.now()
    clerk = await a_worker(application, merchant, email=f"{name}@bakery.example", name=name, role=Role.CLERK, now=now)
    async with application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, clerk.person.person_id, agent="Firefox 143 on Linux", address="127.0.0.1", now=now
        )
        _, token = await staff.sign_in(connection, session, now=now)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.interfaces.counter.bill_racer", application.base_url, token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def says(process: asyncio.subprocess.Process, line: bytes) -> bytes:
    """Write a line to a process, and return the line it answers with."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + b"\n")
    return await process.stdout.readline()


async def taken(application: Application, merchant: Merchant, cards: list[Card]) -> Counter[object]:
    """By which operations the certificates were spent, and of how many of them; each is spent once, and whole."""
    found = Counter[object]()
    async with application.database.connection() as connection:
        for card in cards:
            rows = await application.ledger.statement(connection, merchant.merchant_id, card.place.certificate_id)
            [row] = [row for row in rows if row.kind is Kind.REDEEM]
            assert (row.amount, row.balance_after) == (VALUE, 0)
            found[row.operation_id] += 1
    return found


async def test_bills_over_three_certificates_beside_bills_of_one_are_never_half_and_never_twice(
    database: Database, dsn: str
) -> None:
    merchant = await a_merchant(database)
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(a_server(dsn)) for _ in range(2)]
        racers = [
            await stack.enter_async_context(a_racer(servers[at % 2], merchant, f"clerk{at}"))
            for at in range(len(BILLS))
        ]
        for _ in range(ROUNDS):
            cards = [await a_card(servers[0], merchant, value=VALUE) for _ in range(3)]
            lines = [msgspec.json.encode([cards[at].number for at in bill]) for bill in BILLS]
            assert set(await asyncio.gather(*map(says, racers, lines))) == {b"ready\n"}
            told = await asyncio.gather(*(says(racer, b"go") for racer in racers))
            receipts = [msgspec.json.decode(line, type=list[str]) for line in told]
            for bill, (first, second) in zip(BILLS, receipts, strict=True):
                assert first == second, f"two taps on a bill of {bill} led to two places"
            won = {one[0]: len(bill) for bill, one in zip(BILLS, receipts, strict=True) if one[0]}
            spent = await taken(servers[0], merchant, cards)
            assert sorted(spent.values()) == sorted(won.values())
            assert {str(operation) for operation in spent} == {address.rpartition("/")[2] for address in won}
    async with database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
