"""The offline book of a device: of 200,000 certificates, whole, and what changed when 1,000 of them were used.

The yardstick is the bare SQL of the same rows, read to the end, with no number opened and nothing made of it.
`LARGESSE_BENCH_BOOK` makes it smaller, for a look at whether it runs.
"""

import asyncio
import os
import time
from typing import Any, Final
from uuid import UUID

from largesse.app.application import Application
from largesse.db import gathering
from largesse.domain import certificates, devices
from largesse.domain.devices import Device, DeviceChange
from largesse.domain.locations import default_location
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.offline import OfflineRules
from largesse.kernel.clock import end_of_day
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import make_number
from largesse.ledger import Account, Issue, Redeem
from largesse.services.offline import OpenedBook, change_rules, open_book
from largesse.services.staff import Manager
from tests.bench.instance import Instance
from tests.bench.report import Figure, bounded, compared
from tests.builders.certificates import GOOD_THROUGH
from tests.builders.tills import DeviceKeys

CERTIFICATES: Final = 200_000
CHANGED: Final = 1_000
ROUNDS: Final = 3
_BATCH: Final = 500
_BARE: Final = """SELECT n.certificate_id, n.digest, n.cipher, n.key_id, n.last_four, c.balance - c.held, c.good_through
    FROM certificates c JOIN certificate_numbers n USING (merchant_id, certificate_id)
    WHERE c.merchant_id = $1 AND c.status = 'active' AND c.balance > c.held AND n.role <> 'activation'"""
_BARE_CHANGES: Final = """SELECT n.certificate_id, n.digest, n.cipher, c.balance - c.held, c.good_through
    FROM (SELECT DISTINCT subject_id FROM journal WHERE merchant_id = $1 AND recorded_at > $2) AS changed
    JOIN certificates c ON c.merchant_id = $1 AND c.certificate_id = changed.subject_id
    JOIN certificate_numbers n USING (merchant_id, certificate_id)"""


async def _sold(application: Application, merchant: Merchant, count: int) -> list[UUID]:
    """Issue so many certificates, each with a number, and return their ids."""
    now, made = application.clock.now(), list[UUID]()
    for start in range(0, count, _BATCH):
        ids = [new_id(now) for _ in range(min(_BATCH, count - start))]
        commands = [
            Issue(
                merchant_id=merchant.merchant_id,
                certificate_id=one,
                operation_id=new_id(now),
                actor="bench",
                currency=merchant.currency,
                funding=Account.GATEWAY_CLEARING,
                value=10_000,
                good_through=GOOD_THROUGH,
                expires_at=end_of_day(GOOD_THROUGH, in_zone=merchant.zone),
            )
            for one in ids
        ]
        rows = [
            certificates.seal_number(application.keyring, merchant.merchant_id, one, make_number(merchant.prefix))
            for one in ids
        ]
        async with application.database.transaction() as connection:
            await application.ledger.post(connection, commands, now=now)
            async with gathering(connection) as writes:
                certificates.insert_numbers(writes, rows)
        made += ids
    return made


async def _used(application: Application, merchant: Merchant, ids: list[UUID]) -> None:
    now = application.clock.now()
    commands = [
        Redeem(merchant_id=merchant.merchant_id, certificate_id=one, operation_id=new_id(now), actor="bench", value=100)
        for one in ids
    ]
    async with application.database.transaction() as connection:
        await application.ledger.post(connection, commands, now=now)


async def _device(application: Application, merchant: Merchant) -> Device:
    now = application.clock.now()
    rules = OfflineRules(
        merchant_id=merchant.merchant_id, allowed=True, per_certificate=100, per_device_day=1_000, over_all=1_000
    )
    async with application.database.transaction() as connection:
        await change_rules(connection, merchant, rules, by=Manager(actor="bench"), now=now)
        place = await default_location(connection, merchant.merchant_id)
        details = DeviceChange(name="Bench", offline_hours_max=24)
        _, code = await devices.invite_device(connection, merchant.merchant_id, place.location_id, details, now=now)
        key = devices.read_public_key(DeviceKeys().public)
        waiting, _ = await devices.enrol_device(
            connection, merchant.merchant_id, code, agent="bench", public_key=key, now=now
        )
        return await devices.confirm_device(connection, waiting, now=now)


async def _bare(application: Application, query: str, *given: object) -> float:
    """Return how long reading all rows of a query takes."""
    began = time.perf_counter()
    async with application.database.connection() as connection:
        await connection.fetch(query, *given)
    return time.perf_counter() - began


async def _asked(
    application: Application, merchant: Merchant, device: Device, before: OpenedBook | None
) -> tuple[OpenedBook, int, float]:
    """Return a book, its bytes and how long it took."""
    began = time.perf_counter()
    known: dict[str, Any] = {"position": before.position, "key_id": before.key.key_id} if before else {}
    opened = await open_book(application, merchant, device, **known, now=application.clock.now())
    size = sum([len(piece) async for piece in opened.content])
    return opened, size, time.perf_counter() - began


async def _measured(application: Application, count: int) -> list[Figure]:
    async with application.database.connection() as connection:
        merchant = await find_merchant(connection, "demo")
    ids, device = await _sold(application, merchant, count), await _device(application, merchant)
    wholes, bare_wholes, changes, bare_changes, sizes = [list[float]() for _ in range(5)]
    for _ in range(ROUNDS):
        opened, size, seconds = await _asked(application, merchant, device, None)
        sizes.append(size / 1e6)
        wholes.append(seconds)
        bare_wholes.append(await _bare(application, _BARE, merchant.merchant_id))
        await _used(application, merchant, ids[:CHANGED])
        # A cut is shared for a while; a refresh asks for one of its own.
        async with application.database.transaction() as connection:
            await application.ledger.move_cut(connection, merchant.merchant_id, now=application.clock.now())
        after, _, seconds = await _asked(application, merchant, device, opened)
        assert not after.whole
        changes.append(seconds)
        bare_changes.append(await _bare(application, _BARE_CHANGES, merchant.merchant_id, opened.as_of))
    name = f"offline book of {count:,} certificates"
    return [
        bounded(f"{name}: size", sizes, unit="MB"),
        compared(f"{name}: whole", wholes, bare_wholes, unit="s", yardstick="bare SQL"),
        compared(f"{name}: {CHANGED:,} changed", changes, bare_changes, unit="s", yardstick="bare SQL"),
    ]


def measure(instance: Instance) -> list[Figure]:
    """Measure on the instance's own durable database, in one process."""
    count = int(os.environ.get("LARGESSE_BENCH_BOOK", str(CERTIFICATES)))

    async def run() -> list[Figure]:
        async with instance.application() as application:
            return await _measured(application, count)

    return asyncio.run(run())
