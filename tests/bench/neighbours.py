"""Who shares the ledger with others: many merchants at once, a lock that is held, an import for the same merchant."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import uvloop

from largesse import outbox
from largesse.db import Connection, Database
from largesse.domain.merchants import MerchantDraft
from largesse.kernel.errors import Unavailable
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Issue, Ledger, Redeem
from largesse.services.merchants import open_merchant
from tests.bench.instance import Instance
from tests.bench.report import Figure, compared
from tests.builders.ledger import EXPIRES_AT, GOOD_THROUGH, KEYRING

MERCHANTS = 1_000
ROUNDS = 3
SECONDS = 5.0
LOCK_S = 5.0
TILLS = 16
IMPORTERS = 1_000
GOAL = 0.7
P99_GOAL = 2.0

_SYMBOLS = "ABCDEFGHJKMNPQRSTVWXYZ"


class Card(msgspec.Struct, frozen=True):
    """A certificate, by its merchant's id and its own."""

    merchant_id: UUID
    certificate_id: UUID


def measure(instance: Instance) -> list[Figure]:
    """Measure an engine beside itself: the same commands without what is in their way."""
    return uvloop.run(_measure(instance))


async def _measure(instance: Instance) -> list[Figure]:
    async with (
        await Database.open(instance.dsn, size_max=8) as database,
        Ledger(database, keyring=KEYRING, publish=outbox.add_events) as ledger,
    ):
        spread = await _one_card_each(database, ledger)
        alone = await _cards(ledger, spread[0].merchant_id, len(spread))
        async with database.dedicated() as connection:
            await connection.execute("ANALYZE certificates")
            await connection.execute("ANALYZE journal")
        return [
            await _many_merchants(ledger, spread, alone),
            *await _beside_a_lock(database, ledger, spread, alone),
            await _beside_an_import(ledger, alone),
        ]


async def _many_merchants(ledger: Ledger, spread: Sequence[Card], alone: Sequence[Card]) -> Figure:
    """One command for each of 1,000 merchants at once, and again, beside as many for one merchant."""
    rates: list[float] = []
    yardstick: list[float] = []
    for _ in range(ROUNDS):
        yardstick.append(await _waves(ledger, alone))
        rates.append(await _waves(ledger, spread))
    return compared(
        f"redemptions, one for each of {len(spread):,} merchants",
        rates,
        yardstick,
        unit="/s",
        yardstick="as many for one merchant",
        goal=GOAL,
    )


async def _waves(ledger: Ledger, cards: Sequence[Card]) -> float:
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        await asyncio.gather(*(_redeem(ledger, card) for card in cards))
        done += len(cards)
    return done / (time.perf_counter() - began)


async def _beside_a_lock(
    database: Database, ledger: Ledger, spread: Sequence[Card], alone: Sequence[Card]
) -> list[Figure]:
    """Tills of the same merchant and of others, while somebody outside holds one certificate that is asked for."""
    held, same = alone[0], alone[1:]
    others = spread[1:]
    locked: dict[str, list[float]] = {"the same merchant": [], "other merchants": []}
    free: dict[str, list[float]] = {"the same merchant": [], "other merchants": []}
    for _ in range(ROUNDS):
        for name, cards in (("the same merchant", same), ("other merchants", others)):
            free[name].append(_p99_ms(await _tills(ledger, cards, LOCK_S)))
            async with _holding(database, held):
                asked = asyncio.create_task(_redeem(ledger, held))
                await asyncio.sleep(0.05)
                locked[name].append(_p99_ms(await _tills(ledger, cards, LOCK_S)))
            await asyncio.gather(asked, return_exceptions=True)
    return [
        compared(
            f"a lock held for {LOCK_S:g} s on one certificate: p99 of {name}",
            locked[name],
            free[name],
            unit="ms",
            yardstick="without the lock",
            most=P99_GOAL,
        )
        for name in locked
    ]


async def _beside_an_import(ledger: Ledger, cards: Sequence[Card]) -> Figure:
    """Tills of a merchant for whom as many certificates are issued as the engine takes, beside the same tills alone."""
    quiet: list[float] = []
    busy: list[float] = []
    for _ in range(ROUNDS):
        quiet.append(_p99_ms(await _tills(ledger, cards, SECONDS)))
        importers = [asyncio.create_task(_import(ledger, cards[0].merchant_id)) for _ in range(IMPORTERS)]
        busy.append(_p99_ms(await _tills(ledger, cards, SECONDS)))
        for importer in importers:
            importer.cancel()
        await asyncio.gather(*importers, return_exceptions=True)
    return compared(
        "tills beside an import for the same merchant: p99",
        busy,
        quiet,
        unit="ms",
        yardstick="without the import",
        most=P99_GOAL,
    )


async def _tills(ledger: Ledger, cards: Sequence[Card], seconds: float) -> list[float]:
    """Redeem at so many tills, one certificate after another, and return how long each took."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_till(ledger, cards, until, took, seed) for seed in range(TILLS)))
    return took


async def _till(ledger: Ledger, cards: Sequence[Card], until: float, took: list[float], seed: int) -> None:
    draw = random.Random(seed)
    while (began := time.perf_counter()) < until:
        with suppress(Unavailable):  # a till that is told to come back has waited as long
            await _redeem(ledger, draw.choice(cards))
        took.append(time.perf_counter() - began)


def _p99_ms(took: list[float]) -> float:
    return 1000 * sorted(took)[int(len(took) * 0.99)]


async def _redeem(ledger: Ledger, card: Card) -> None:
    now = datetime.now(UTC)
    command = Redeem(
        merchant_id=card.merchant_id,
        certificate_id=card.certificate_id,
        operation_id=new_id(now),
        actor="till:1",
        value=1,
    )
    await ledger.submit(command, now=now)


async def _import(ledger: Ledger, merchant_id: UUID) -> None:
    while True:
        await _issue(ledger, merchant_id, bulk=True)


async def _issue(ledger: Ledger, merchant_id: UUID, *, bulk: bool = False) -> Card:
    now = datetime.now(UTC)
    card = Card(merchant_id, new_id(now))
    command = Issue(
        merchant_id=merchant_id,
        certificate_id=card.certificate_id,
        operation_id=new_id(now),
        actor="import:1",
        currency="USD",
        funding=Account.GATEWAY_CLEARING,
        value=100_000_000,
        good_through=GOOD_THROUGH,
        expires_at=EXPIRES_AT,
    )
    await ledger.submit(command, now=now, bulk=bulk)
    return card


async def _cards(ledger: Ledger, merchant_id: UUID, count: int) -> list[Card]:
    return await asyncio.gather(*(_issue(ledger, merchant_id) for _ in range(count)))


async def _one_card_each(database: Database, ledger: Ledger) -> list[Card]:
    """Create the merchants, and a certificate for each."""
    ids = []
    for number in range(MERCHANTS):
        first, second = divmod(number, len(_SYMBOLS) ** 2)
        third, fourth = divmod(second, len(_SYMBOLS))
        draft = MerchantDraft(
            slug=f"bench-{number}",
            number=f"B-{number}",
            prefix="".join(_SYMBOLS[place] for place in (1, first, third, fourth)),
            name=f"Bench {number}",
            contact_email="bench@example.com",
        )
        async with database.transaction() as connection:
            ids.append((await open_merchant(connection, draft, now=datetime.now(UTC))).merchant_id)
    return await asyncio.gather(*(_issue(ledger, merchant_id) for merchant_id in ids))


@asynccontextmanager
async def _holding(database: Database, card: Card) -> AsyncIterator[None]:
    """Keep a certificate's row locked in a session of its own for LOCK_S, however long the block takes."""
    async with database.dedicated() as connection:
        await connection.execute("BEGIN")
        await connection.execute(
            "SELECT 1 FROM certificates WHERE merchant_id = $1 AND certificate_id = $2 FOR UPDATE",
            card.merchant_id,
            card.certificate_id,
        )
        release = asyncio.create_task(_roll_back_later(connection))
        yield
        await release


async def _roll_back_later(connection: Connection) -> None:
    await asyncio.sleep(LOCK_S)
    await connection.execute("ROLLBACK")
