"""Whatever publishes and commits by itself wakes the relay, and what is rolled back does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from largesse import outbox
from largesse.app.application import Application
from largesse.db import Database
from largesse.interfaces.cli.sheets import read_order_sheet
from largesse.kernel.errors import LargesseError
from largesse.ledger import VoidReason
from largesse.outbox.hint import CHANNEL
from largesse.services.certificates.transfers import reissue
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.orders.importing import import_orders
from largesse.services.orders.selling import place
from largesse.services.refunds import refund, void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.orders import a_basket, a_file, a_row

# Hints do not come through a pooler.
pytestmark = pytest.mark.own_session

SOON_S = 100.0  # a guard against hanging


class Ear:
    """Listen for hints as a relay does."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()

    def hear(self, *_: object) -> None:
        self._heard.set()

    async def heard(self) -> bool:
        """Wait for a hint, and forget it."""
        try:
            async with asyncio.timeout(SOON_S):
                await self._heard.wait()
        except TimeoutError:
            return False
        self._heard.clear()
        return True

    async def silence(self) -> bool:
        """Whether nothing was asked to be sent; the notifier would have been by now."""
        await asyncio.sleep(0.05)
        return not self._heard.is_set()


@asynccontextmanager
async def a_listening_installation(database: Database) -> AsyncIterator[tuple[Application, Ear]]:
    ear = Ear()
    async with (
        outbox.Notifier(database) as notifier,
        database.dedicated() as connection,
        an_application(database, notifier=notifier) as application,
    ):
        await connection.add_listener(CHANNEL, ear.hear)
        yield application, ear


async def test_a_payment_a_refund_a_void_and_a_reissue_wake_the_relay(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_listening_installation(database) as (application, ear):
        placed = await place(application, merchant, a_basket(), now=NOW)
        number = placed.orders[0].order_number
        await mark_paid(application, merchant, number, reference=None, actor="staff", now=NOW)
        assert await ear.heard()
        first, second, third = [await a_card(application, merchant) for _ in range(3)]
        await refund(application, first.place, request=a_request(), now=NOW)
        assert await ear.heard()
        await void(application, second.place, reason=VoidReason.FRAUD, request=a_request(), now=NOW)
        assert await ear.heard()
        await reissue(application, merchant, third.place, request=a_request(), now=NOW)
        assert await ear.heard()


async def test_an_import_wakes_the_relay_and_its_rehearsal_does_not(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_listening_installation(database) as (application, ear):
        data = a_file(a_row())
        await import_orders(application, merchant, read_order_sheet(data), dry_run=True, actor="test", now=NOW)
        assert await ear.silence()
        await import_orders(application, merchant, read_order_sheet(data), dry_run=False, actor="test", now=NOW)
        assert await ear.heard()


async def test_what_is_refused_wakes_nobody(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_listening_installation(database) as (application, ear):
        card = await a_card(application, merchant)
        await void(application, card.place, reason=VoidReason.FRAUD, request=a_request(), now=NOW)
        assert await ear.heard()
        with pytest.raises(LargesseError):
            await void(application, card.place, reason=VoidReason.FRAUD, request=a_request(), now=NOW)
        assert await ear.silence()


async def test_an_installation_that_closes_at_once_still_wakes_it(database: Database) -> None:
    ear = Ear()
    async with database.dedicated() as connection:
        await connection.add_listener(CHANNEL, ear.hear)
        async with outbox.Notifier(database) as notifier:
            notifier.hint()
            await asyncio.sleep(0)  # the notifier has begun to send, and is cut off
        assert await ear.heard()
