"""The offline book of a device: whole, or what has changed since it was given the last one.

A book is as of a cut of the merchant's books: whatever is recorded up to it is written, and what comes later is
recorded behind it (ARCHITECTURE §3). So what changed between two cuts is exactly what the journal has between them,
however late a transaction commits. The certificates are read afterwards, and may be newer: then the next change says
the same again. See docs/decisions/0134-offline-book.md.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain import devices, offline
from largesse.domain.certificates import NumberRole, NumberRow, open_number, open_numbers
from largesse.domain.devices import Device
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    TAG_BYTES,
    BookEntry,
    Enrolment,
    OfflineNotAllowed,
    OfflineRules,
    QueueFirst,
    book_end,
    book_entries,
    book_head,
    mac_of,
    written,
)
from largesse.kernel.clock import start_of_day
from largesse.kernel.numbers import last_four
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused
from largesse.ledger import sealed_through
from largesse.services.offline.dependencies import OfflineDependencies
from largesse.services.offline.rules import hours_of, works_offline

CHANGES_MAX: Final = 20_000
"""Of more certificates that have changed, a whole book says less."""
CHANGES_SINCE: Final = timedelta(days=3)
CUT_GOOD_FOR: Final = timedelta(seconds=20)
"""So long a cut is shared by all who ask: tills that ask often do not keep others from posting."""
PAGE: Final = 2_000
_PURPOSE: Final = "offline-book"
_FIRST: Final = UUID(int=0)
_views = load(__package__, "views.sql")


class BookPosition(msgspec.Struct, frozen=True, array_like=True):
    """As of when a device was given a book. It gets it as a signed token, and shows it again."""

    as_of: datetime


POSITIONS: Final = TokenKind("offline-position", BookPosition, length_max=200)


class BookKey(msgspec.Struct, frozen=True):
    """The key that the numbers in the book of an enrolment are hashed with, and what it is called."""

    key: bytes
    key_id: str

    def __repr__(self) -> str:
        return f"BookKey({self.key_id})"


class OpenedBook(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is given: its book as bytes, and what it goes by until it asks again."""

    enrolment: Enrolment
    rules: OfflineRules
    hours_max: int
    key: BookKey
    position: str
    as_of: datetime
    whole: bool
    lent: int
    time_zone: str
    content: AsyncIterator[bytes]


def book_keys(keys: SigningKeys, merchant_id: UUID, enrolment_id: UUID) -> list[BookKey]:
    """Return the keys of an enrolment, under each live key of the installation, the current one first."""
    about = merchant_id.bytes + enrolment_id.bytes
    found = [hmac.digest(one, about, "sha256") for one in keys.signing_keys(_PURPOSE)]
    return [BookKey(one, hashlib.sha256(b"key-id/" + one).hexdigest()[:16]) for one in found]


class ShownMac(NamedTuple):
    """What a device would make of a number that was typed on it, and the last symbols of that."""

    mac: str
    last_four: str


async def shown_macs(
    deps: OfflineDependencies, merchant: Merchant, device: Device, certificate_ids: Sequence[UUID]
) -> dict[UUID, ShownMac]:
    """Return what a device that works without a line makes of the numbers of certificates that were shown to it.

    With it a form that nobody answers can be kept; nothing, where the device has no book.
    """
    async with deps.database.connection() as connection:
        known = await offline.enrolment_of(
            connection, merchant.merchant_id, device.device_id, enrolled_at=device.enrolled_at
        )
        if known is None:
            return {}
        numbers = await open_numbers(connection, deps.keyring, merchant.merchant_id, certificate_ids)
    key = book_keys(deps.keyring, merchant.merchant_id, known.enrolment_id)[0].key
    return {one: ShownMac(written(mac_of(key, text)), last_four(text)) for one, text in numbers.items()}


async def open_book(
    deps: OfflineDependencies,
    merchant: Merchant,
    device: Device,
    *,
    position: str = "",
    key_id: str = "",
    waiting: int = 0,
    now: datetime,
) -> OpenedBook:
    """Return the book of a device, or what has changed since the one that it names by `position` and `key_id`.

    It is lent its share of what all of them may take until it asks again.

    Raises:
        OfflineNotAllowed: it may not work without a line.
        QueueFirst: rows are `waiting` on it.
    """
    where = await deps.locator.last_known(merchant.merchant_id, device.location_id)
    today = start_of_day(where.booked_on(now), in_zone=where.zone) + timedelta(hours=where.cut_off_hour)

    async def begin(connection: Connection) -> tuple[OfflineRules, Enrolment, int]:
        rules = await offline.offline_rules(connection, merchant.merchant_id, lock=True)
        if not works_offline(device, rules) or device.public_key is None or device.enrolled_at is None:
            raise OfflineNotAllowed
        enrolment = await offline.begun_enrolment(
            connection,
            merchant.merchant_id,
            device.device_id,
            enrolled_at=device.enrolled_at,
            public_key=device.public_key,
        )
        await offline.heard_of(connection, enrolment, waiting=waiting, now=now)
        if waiting:
            return rules, enrolment, 0
        lent = offline.lent_to(
            rules,
            enrolment.enrolment_id,
            await offline.enrolments(connection, merchant.merchant_id),
            working=[
                one.device_id
                for one in await devices.devices(connection, merchant.merchant_id)
                if works_offline(one, rules)
            ],
            taken_today=await offline.taken_since(connection, merchant.merchant_id, device.device_id, today),
            now=now,
        )
        await offline.lend(connection, enrolment, lent, until=now + timedelta(hours=hours_of(device, rules)))
        return rules, enrolment, lent

    rules, enrolment, lent = await deps.retrying(begin)
    if waiting:
        raise QueueFirst
    as_of = await _cut(deps, merchant.merchant_id, now=now)
    async with deps.database.transaction() as connection:
        await devices.note_refreshed(connection, device, as_of=as_of, now=now)
    keys = book_keys(deps.keyring, merchant.merchant_id, enrolment.enrolment_id)
    known = next((one for one in keys if one.key_id == key_id), None)
    since = read_position(deps.keyring, enrolment.enrolment_id, position)
    changed = None
    if known is not None and since is not None:
        changed = await _changed(deps, merchant.merchant_id, since=since, until=as_of)
    key = keys[0] if known is None or changed is None else known
    return OpenedBook(
        enrolment=enrolment,
        rules=rules,
        hours_max=hours_of(device, rules),
        key=key,
        position=POSITIONS.sign(deps.keyring, BookPosition(as_of), bound_to=enrolment.enrolment_id.bytes),
        as_of=as_of,
        whole=changed is None,
        lent=lent,
        time_zone=where.time_zone,
        content=_content(deps, merchant, key.key, changed, as_of=as_of),
    )


def read_position(keys: SigningKeys, enrolment_id: UUID, text: str) -> datetime | None:
    """Return as of when a device was given a book; None where it never was given that one."""
    try:
        return POSITIONS.read(keys, text, bound_to=enrolment_id.bytes).as_of
    except TokenRefused:
        return None


async def _cut(deps: OfflineDependencies, merchant_id: UUID, *, now: datetime) -> datetime:
    """Return a moment up to which all is written that was recorded: the last one, or a new one where that is old."""
    async with deps.database.connection() as connection:
        last = await sealed_through(connection, merchant_id)
    if last is not None and abs(now - last) < CUT_GOOD_FOR:
        return last

    async def move(connection: Connection) -> datetime:
        return await deps.ledger.move_cut(connection, merchant_id, now=now)

    return await deps.retrying(move)


async def _changed(
    deps: OfflineDependencies, merchant_id: UUID, *, since: datetime, until: datetime
) -> list[UUID] | None:
    """Return the certificates that changed between two cuts; None where a whole book is wanted instead."""
    if until - since > CHANGES_SINCE:
        return None
    async with deps.database.connection() as connection:
        if await connection.fetchval(_views.numbers_were_forgotten, merchant_id, since):
            return None
        rows = await connection.fetch(_views.changed_certificates, merchant_id, since, until, CHANGES_MAX + 1)
    return [row["subject_id"] for row in rows] if len(rows) <= CHANGES_MAX else None


async def _content(
    deps: OfflineDependencies, merchant: Merchant, key: bytes, changed: Sequence[UUID] | None, *, as_of: datetime
) -> AsyncIterator[bytes]:
    """Return a book in pieces; between two of them no session is held."""
    count = 0
    yield book_head(whole=changed is None, as_of=as_of)
    rows = _whole(deps, merchant, as_of=as_of) if changed is None else _some(deps, merchant, changed, as_of=as_of)
    async for page in rows:
        count += len(page)
        yield await asyncio.to_thread(_entries, deps.keyring, key, page, merchant.currency)
    yield book_end(count)


async def _whole(deps: OfflineDependencies, merchant: Merchant, *, as_of: datetime) -> AsyncIterator[list[Row]]:
    last, merchant_id = _FIRST, merchant.merchant_id
    while True:
        async with deps.database.connection() as connection:
            rows = await connection.fetch(_views.spendable_numbers, merchant_id, last, as_of, PAGE)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        last = rows[-1]["certificate_id"]


async def _some(
    deps: OfflineDependencies, merchant: Merchant, changed: Sequence[UUID], *, as_of: datetime
) -> AsyncIterator[list[Row]]:
    for start in range(0, len(changed), PAGE):
        some = list(changed[start : start + PAGE])
        async with deps.database.connection() as connection:
            yield await connection.fetch(_views.numbers_as_they_stand, merchant.merchant_id, some, as_of)


def _entries(keyring: Keyring, key: bytes, rows: Sequence[Row], own: str) -> bytes:
    return book_entries(
        BookEntry(
            mac_of(key, open_number(keyring, number_of(row)))[:TAG_BYTES],
            row["good_through"],
            row["value"],
            row["gratuity"],
            "" if row["currency"] == own else row["currency"],
        )
        for row in rows
    )


def number_of(row: Row) -> NumberRow:
    """Return the sealed number that a row holds."""
    return NumberRow(
        merchant_id=row["merchant_id"],
        certificate_id=row["certificate_id"],
        digest=row["digest"],
        cipher=row["cipher"],
        key_id=row["key_id"],
        last_four=row["last_four"],
        role=NumberRole(row["role"]),
        bits=row["bits"],
    )
