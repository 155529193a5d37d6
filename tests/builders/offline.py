"""A device that works without a line, as its browser does it: the book it was given, and the queue it signs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from largesse.app.application import Application
from largesse.domain import devices, offline
from largesse.domain.devices import DeviceChange
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    TAG_BYTES,
    BookEntry,
    OfflineRules,
    SignedRow,
    genesis_of,
    hash_of,
    mac_of,
    read_book,
    updated,
    written,
)
from largesse.kernel.numbers import last_four
from largesse.services.offline import OpenedBook, change_rules, open_book
from largesse.services.staff import Manager
from tests.builders.application import NOW
from tests.builders.certificates import Card
from tests.builders.staff import Worker
from tests.builders.tills import Till, live

OPERATOR = Manager(actor="cli:tester")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def allowed(application: Application, merchant: Merchant, **given: Any) -> OfflineRules:
    """What a merchant allows without a line: 100.00 of a certificate, 500.00 a day, 1,000.00 over all."""
    values: dict[str, Any] = {"per_certificate": 10_000, "per_device_day": 50_000, "over_all": 100_000} | given
    rules = OfflineRules(merchant_id=merchant.merchant_id, allowed=values.pop("allowed", True), **values)
    async with application.database.transaction() as connection:
        await change_rules(connection, merchant, rules, by=OPERATOR, now=NOW)
    return rules


class OfflineTill:
    """A till that was given a book."""

    def __init__(self, application: Application, merchant: Merchant, till: Till) -> None:
        self.application = application
        self.merchant = merchant
        self.till = till
        self.book: dict[bytes, BookEntry] = {}
        self.opened: OpenedBook | None = None
        self.rows: list[SignedRow] = []
        self._whole = True

    async def refresh(self, *, waiting: int = 0, now: datetime = NOW) -> OpenedBook:
        """Ask for the book, or what has changed."""
        device = await live(self.application, self.till)
        before = self.opened
        opened = await open_book(
            self.application,
            self.merchant,
            device,
            position=before.position if before else "",
            key_id=before.key.key_id if before else "",
            waiting=waiting,
            now=now,
        )
        data = b"".join([piece async for piece in opened.content])
        self._whole, as_of, entries = read_book(data)
        assert (self._whole, as_of) == (opened.whole, opened.as_of)
        self.book = updated({} if self._whole else self.book, entries)
        self.opened = opened
        return opened

    def was_whole(self) -> bool:
        """Whether the last book was a whole one."""
        return self._whole

    def of(self, card: Card) -> tuple[int, int] | None:
        """What the book says of a certificate, None where it does not know it."""
        assert self.opened is not None
        found = self.book.get(mac_of(self.opened.key.key, card.number)[:TAG_BYTES])
        return (found.value, found.gratuity) if found else None

    def currency_of(self, card: Card) -> str:
        """In which currency the book says that a certificate is, empty for the merchant's own."""
        assert self.opened is not None
        return self.book[mac_of(self.opened.key.key, card.number)[:TAG_BYTES]].currency

    def take(
        self,
        *parts: tuple[Card, int] | tuple[Card, int, int],
        who: Worker | None = None,
        at: datetime = NOW,
        operation: UUID | None = None,
        **given: Any,
    ) -> SignedRow:
        """Take from certificates without a line."""
        assert self.opened is not None
        queue = self.opened.enrolment.enrolment_id
        before = hash_of(self.rows[-1].body) if self.rows else genesis_of(queue)
        values: dict[str, Any] = {
            "version": 1,
            "enrolment": str(queue),
            "number": len(self.rows) + 1,
            "carriesOn": written(before),
            "operation": str(operation or uuid4()),
            "at": (at - _EPOCH) // timedelta(milliseconds=1),
            "position": self.opened.position,
            "who": str(who.membership.membership_id) if who else None,
            "currency": self.merchant.currency,
            "parts": [
                [
                    written(mac_of(self.opened.key.key, card.number)),
                    last_four(card.number),
                    value,
                    gratuity[0] if gratuity else 0,
                ]
                for card, value, *gratuity in parts
            ],
            "came": "scanned",
            "reference": "Table 4",
            "sent": False,
        }
        body = json.dumps(values | given)
        row = SignedRow(body=body, signature=self.till.keys.sign(body))
        self.rows.append(row)
        return row


async def an_offline_till(application: Application, merchant: Merchant, till: Till, **given: Any) -> OfflineTill:
    """A till that may work without a line, with its book."""
    async with application.database.transaction() as connection:
        await devices.change_device(connection, till.device, DeviceChange(offline_hours_max=24))
        rules = await offline.offline_rules(connection, merchant.merchant_id)
    if not rules.allowed:
        await allowed(application, merchant, **given)
    made = OfflineTill(application, merchant, till)
    await made.refresh()
    return made
