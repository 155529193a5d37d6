"""Kill anything at any moment: what was acknowledged stands once, what was refused does not, and all is told."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import msgspec
import psutil
import pytest

from largesse.adapters.embedded_postgres import EmbeddedPostgres
from largesse.app import settings, wiring
from largesse.app.application import Application
from largesse.app.demo import FILE, DemoFile
from largesse.domain.merchants import find_merchant
from largesse.ledger import proofs
from largesse.outbox import Reach
from largesse.services import endpoints
from largesse.services.endpoints import AddEndpoint, Format
from tests.integration.crash.load import AMOUNTS, ASK_TIMEOUT_S, TOO_MUCH, Buyer, Memory, Till, go_on
from tests.support.receiver import Receiver, receiver_process
from tests.support.server_process import ServerProcess, server_process

VICTIMS = ("web", "web worker", "worker", "postgres", "postgres backend", "supervisor")
CYCLES = 4
ROUNDS = 21
BUYERS = 3
TILLS = 2
RECOVERY_S_MAX = 240.0
ARRIVAL_S_MAX = 240.0
REFUSED_EVERY = 10


@pytest.mark.crash
@pytest.mark.timeout(1200)
async def test_nothing_acknowledged_is_lost_whatever_is_killed() -> None:
    seed = int(os.environ.get("LARGESSE_CRASH_SEED") or random.SystemRandom().randrange(10**9))
    print(f"to repeat the same kills: LARGESSE_CRASH_SEED={seed}")
    chance, memory = random.Random(seed), Memory()
    with server_process() as instance, told_on_failure(instance), receiver_process() as receiver:
        await asyncio.to_thread(instance.start, "--demo")
        demo = msgspec.json.decode((instance.home / FILE).read_bytes(), type=DemoFile)
        async with open_application(instance) as application, new_session() as session:
            await listen(application, demo, receiver)
            buyer = Buyer(demo, memory, session=session)
            await buyer.sign_in()
            async with working(buyer, Till(application, memory, chance=random.Random(seed)), memory):
                for victim in kills(chance):
                    await asyncio.sleep(chance.uniform(0.05, 0.4))
                    await kill(instance, victim, chance)
                    await recovered(memory, victim)
            await answers_stay_the_same(buyer, memory)
            await all_is_told(application, receiver, memory)
            await books_agree(application, memory)
        assert await asyncio.to_thread(instance.stop) == 0
        assert instance.remains() == []


@contextmanager
def told_on_failure(instance: ServerProcess) -> Iterator[None]:
    """Print what the instance wrote last, but for its requests, when the block fails."""
    try:
        yield
    except BaseException:
        lines = [line for line in instance.said().splitlines() if '"event":"request"' not in line]
        print(*lines[-40:], sep="\n")
        raise


def kills(chance: random.Random) -> list[str]:
    """Return who is killed, in order: everyone once in each cycle, and the supervisor last."""
    order = list[str]()
    for _ in range(CYCLES):
        others = list(VICTIMS[:-1])
        chance.shuffle(others)
        order += [*others, VICTIMS[-1]]
    return order[:ROUNDS]


async def kill(instance: ServerProcess, victim: str, chance: random.Random) -> None:
    """Kill one process without warning; a supervisor is started again by hand, as an operator would."""
    parent, _, child = victim.partition(" ")
    if child:
        family = await found(lambda: instance.child(parent).children())
        with_work = [process for process in family if is_victim(process, parent)]
        if with_work:
            chance.choice(with_work).kill()
        return
    (await found(lambda: [instance.child(victim)]))[0].kill()
    if victim == "supervisor":
        await asyncio.to_thread(instance.process.wait)
        await asyncio.to_thread(instance.start, "--demo")


def is_victim(process: psutil.Process, parent: str) -> bool:
    """Whether a child is one that serves clients: any of granian's, and those of PostgreSQL that have a client."""
    try:
        return parent == "web" or "largesse" in " ".join(process.cmdline())
    except psutil.Error:
        return False


async def found(templates: Callable[[], list[psutil.Process]]) -> list[psutil.Process]:
    """Return what `templates` finds, once it finds something: it may just be between two lives."""
    deadline = time.monotonic() + RECOVERY_S_MAX
    while True:
        try:
            if processes := templates():
                return processes
        except (StopIteration, psutil.Error, AssertionError):
            pass
        assert time.monotonic() < deadline, "a process was not started again"
        await asyncio.sleep(0.02)


async def recovered(memory: Memory, victim: str) -> None:
    """Wait until orders and redemptions are acknowledged again."""
    orders, redemptions = memory.progress()
    deadline = time.monotonic() + RECOVERY_S_MAX
    while memory.progress()[0] < orders + 2 * BUYERS or memory.progress()[1] < redemptions + 2 * TILLS:
        assert time.monotonic() < deadline, f"no work was done again after {victim} was killed"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def open_application(instance: ServerProcess) -> AsyncIterator[Application]:
    """Open an installation beside the processes, on the same database and keys."""
    environment = {
        "LARGESSE_HOME": str(instance.home),
        "LARGESSE_ENV": "demo",
        "LARGESSE_DATABASE_URL": EmbeddedPostgres(instance.home).dsn,
        "PORT": str(instance.port),
    }
    async with wiring.open_application(settings.from_environment(environment)) as application:
        yield application


def new_session() -> aiohttp.ClientSession:
    """Return an HTTP client that gives up soon."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_TIMEOUT_S))


async def listen(application: Application, demo: DemoFile, receiver: Receiver) -> None:
    """Let the receiver be told of every order and redemption."""
    async with application.database.transaction() as connection:
        merchant = await find_merchant(connection, demo.merchant.slug)
        wanted = AddEndpoint(
            merchant_id=merchant.merchant_id,
            format=Format.JSON,
            url=receiver.url("ok"),
            events=("order.issued", "certificate.redeemed"),
            notify="nobody@demo.example",
        )
        await endpoints.add_endpoint(
            connection, application.keyring, wanted, reach=Reach.of("127.0.0.0/8"), now=application.clock.now()
        )


@asynccontextmanager
async def working(buyer: Buyer, till: Till, memory: Memory) -> AsyncIterator[None]:
    """Let buyers and tills work while the block runs; each finishes what it has begun."""
    stop = asyncio.Event()

    async def buy(index: int) -> None:
        too_much = index % REFUSED_EVERY == 0
        await buyer.buy(f"c-{index}", TOO_MUCH if too_much else AMOUNTS[index % len(AMOUNTS)])

    async def redeem(_index: int) -> None:
        await till.redeem_one()

    async with asyncio.TaskGroup() as group:
        for offset in range(BUYERS):
            group.create_task(go_on(stop, buy, offset=offset, step=BUYERS))
        for offset in range(TILLS):
            group.create_task(go_on(stop, redeem, offset=offset, step=TILLS))
        try:
            yield
        finally:
            stop.set()
    assert all(memory.progress())
    assert memory.refused
    assert memory.denied


async def answers_stay_the_same(buyer: Buyer, memory: Memory) -> None:
    """Ask for every order again, and get the first answer again."""
    refcodes = list(memory.ordered)
    for start in range(0, len(refcodes), 16):
        asked = refcodes[start : start + 16]
        amounts = [memory.ordered[refcode][0] // 100 for refcode in asked]
        answers = await asyncio.gather(*map(buyer.order, asked, amounts))
        for refcode, (status, answer) in zip(asked, answers, strict=True):
            assert status == 200
            assert answer["giftCertificate_detail"]["giftCertificateNumber"] == memory.ordered[refcode][1]


async def all_is_told(application: Application, receiver: Receiver, memory: Memory) -> None:
    """Wait until the receiver was told of everything, at least once."""
    async with application.database.connection() as connection:
        # What a killed worker held is sent when its lease ends: let that time pass now.
        await connection.execute("UPDATE deliveries SET leased_until = NULL WHERE status = 'pending'")
        events = await connection.fetch(
            "SELECT event_id, kind FROM events WHERE kind IN ('order.issued', 'certificate.redeemed')"
            " AND event_id IN (SELECT event_id FROM deliveries)"
        )
    kinds = Counter(row["kind"] for row in events)
    assert kinds["order.issued"] == len(memory.ordered)
    assert kinds["certificate.redeemed"] == len(memory.redeemed)
    missing = {str(row["event_id"]) for row in events}
    deadline = time.monotonic() + ARRIVAL_S_MAX
    while missing:
        assert time.monotonic() < deadline, f"{len(missing)} of {len(events)} events were never delivered"
        await asyncio.sleep(0.2)
        missing -= {json.loads(post.body)["id"] for post in await asyncio.to_thread(receiver.posts)}


async def books_agree(application: Application, memory: Memory) -> None:
    """Compare the database with what was answered, and prove the ledger."""
    async with application.database.dedicated() as connection:
        assert [difference async for difference in proofs.verify(connection)] == []
        orders = await connection.fetch("SELECT refcode, amount FROM orders WHERE refcode LIKE 'c-%'")
        assert Counter((row["refcode"], row["amount"]) for row in orders) == Counter(
            (refcode, amount) for refcode, (amount, _) in memory.ordered.items()
        )
        rows = await connection.fetch("SELECT operation_id, amount FROM journal WHERE kind = 'redeem'")
        assert Counter((row["operation_id"], row["amount"]) for row in rows) == Counter(
            (operation, value) for operation, (_, value) in memory.redeemed.items()
        )
        issued = await connection.fetchval(
            "SELECT count(*) FROM journal j"
            " JOIN orders o ON o.merchant_id = j.merchant_id AND o.certificate_id = j.subject_id"
            " WHERE j.kind = 'issue' AND o.refcode LIKE 'c-%'"
        )
        assert issued == len(memory.ordered)
