"""The gifts and mails tables."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.gifts.errors import GiftNotFound
from largesse.domain.gifts.model import Fate, Gift, GiftStatus, Mail, MailStatus, Purpose, Trouble

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()
ERASED_ADDRESS = "erased@erased.invalid"


async def insert_gifts(connection: Connection, gifts: Sequence[Gift]) -> None:
    """Write how gifts are to be delivered; those that stand already are left alone."""
    if gifts:
        await connection.execute(_queries.insert_gifts, _ENCODER.encode(gifts).decode())


async def update_gifts(connection: Connection, gifts: Sequence[Gift]) -> None:
    """Write what deliveries have become, which the caller holds locked."""
    if gifts:
        await connection.execute(_queries.update_gifts, _ENCODER.encode(gifts).decode())


async def insert_mails(connection: Connection, mails: Sequence[Mail]) -> None:
    """Write mails that are queued; those that stand already are left alone."""
    if mails:
        await connection.execute(_queries.insert_mails, _ENCODER.encode(mails).decode())


async def deliveries_of_orders(
    connection: Connection, merchant_id: UUID, order_ids: Sequence[UUID]
) -> dict[UUID, Gift]:
    """Return how the gifts of orders are delivered, by order id; orders for which nothing is delivered are left out."""
    rows = await connection.fetch(_queries.gifts_of_orders, merchant_id, list(order_ids))
    return {gift.order_id: gift for gift in map(_gift, rows)}


async def deliveries_of_checkout(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> list[Gift]:
    """Return how the gifts of a checkout are delivered, in the order in which they were placed."""
    return [_gift(row) for row in await connection.fetch(_queries.gifts_of_checkout, merchant_id, checkout_id)]


async def find_gift(connection: Connection, merchant_id: UUID, order_id: UUID) -> Gift:
    """Return how the gift of an order is delivered.

    Raises:
        GiftNotFound: nothing is delivered for it.
    """
    found = await deliveries_of_orders(connection, merchant_id, [order_id])
    if order_id not in found:
        raise GiftNotFound
    return found[order_id]


async def lock_gift(connection: Connection, merchant_id: UUID, order_id: UUID) -> Gift:
    """Return the same, held until the transaction ends.

    Raises:
        GiftNotFound: nothing is delivered for it.
    """
    row = await connection.fetchrow(_queries.lock_gift, merchant_id, order_id)
    if row is None:
        raise GiftNotFound
    return _gift(row)


async def merchants_due(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have gifts whose hour has come."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_due, now)]


async def lock_due(
    connection: Connection, merchant_id: UUID, *, now: datetime, limit: int, passing_over: Collection[UUID] = ()
) -> list[Gift]:
    """Return some of a merchant's gifts whose hour has come, held until the transaction ends.

    Other workers pass over them. `passing_over` are orders whose gifts are left out.
    """
    rows = await connection.fetch(_queries.lock_due, merchant_id, now, limit, list(passing_over))
    return [_gift(row) for row in rows]


async def settle_mail(connection: Connection, merchant_id: UUID, fate: Fate) -> Mail | None:
    """Write what came of a mail; None when that was known already. What was sent stays sent unless it bounces."""
    if fate.trouble is Trouble.BOUNCED:
        row = await connection.fetchrow(_queries.bounce_mail, merchant_id, fate.mail_id, fate.at)
    else:
        row = await connection.fetchrow(_queries.settle_mail, merchant_id, fate.mail_id, fate.status.value, fate.at)
    return None if row is None else msgspec.convert(dict(row), Mail)


async def settle_gift(
    connection: Connection, merchant_id: UUID, order_id: UUID, fate: Fate, status: GiftStatus
) -> Gift | None:
    """Write what that means for its gift; None when a later mail counts."""
    row = await connection.fetchrow(
        _queries.settle_gift, merchant_id, order_id, fate.mail_id, status.value, fate.trouble.value, fate.at
    )
    return None if row is None else _gift(row)


async def note_unwrapped(
    connection: Connection, merchant_id: UUID, order_id: UUID, certificate_id: UUID, *, now: datetime
) -> None:
    """Note when the recipient of a gift unwrapped it first, and as which certificate. The caller holds the row."""
    await connection.execute(_queries.note_unwrapped, merchant_id, order_id, certificate_id, now)


async def note_pass(connection: Connection, merchant_id: UUID, order_id: UUID, certificate_id: UUID) -> None:
    """Note of which certificate of a gift a pass was made. The caller holds the row."""
    await connection.execute(_queries.note_pass, merchant_id, order_id, certificate_id)


async def note_thanks(connection: Connection, merchant_id: UUID, order_id: UUID, words: str, *, now: datetime) -> bool:
    """Note that the holder of a gift told its buyer that it arrived; False where that was told before."""
    return await connection.fetchval(_queries.note_thanks, merchant_id, order_id, words, now) is not None


async def forget_thanks(connection: Connection, merchant_id: UUID, order_id: UUID) -> None:
    """Forget in which words a gift's holder told that it arrived."""
    await connection.execute(_queries.forget_thanks, merchant_id, order_id)


def address_digest(email: str) -> bytes:
    """Return by what an address is known that wants no reminders; capitals make no difference."""
    return hashlib.sha256(b"reminders\0" + email.strip().casefold().encode()).digest()


async def refuse_reminders(connection: Connection, merchant_id: UUID, digest: bytes, *, now: datetime) -> None:
    """Note that whoever has an address wants no reminders of a merchant any more, for ever."""
    await connection.execute(_queries.refuse_reminders, merchant_id, digest, now)


async def refused_reminders(connection: Connection, merchant_id: UUID, digests: Collection[bytes]) -> set[bytes]:
    """Return which of some addresses want no reminders of a merchant."""
    rows = await connection.fetch(_queries.refused_reminders, merchant_id, list(digests))
    return {row["address_digest"] for row in rows}


async def receipt_status(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> MailStatus | None:
    """Return what came of the receipt of a checkout; None where nothing is known of it any more."""
    found = await connection.fetchval(_queries.receipt_status, merchant_id, checkout_id)
    return None if found is None else MailStatus(found)


async def mails_since(
    connection: Connection,
    merchant_id: UUID,
    checkout_id: UUID,
    purpose: Purpose,
    *,
    since: datetime,
    order_id: UUID | None = None,
) -> int:
    """Return how many mails of a purpose were queued for a checkout, or for one order of it, since a moment."""
    count: int = await connection.fetchval(
        _queries.mails_since, merchant_id, checkout_id, purpose.value, order_id, since
    )
    return count


async def by_hand_mails_to(connection: Connection, merchant_id: UUID, address: str, *, since: datetime) -> int:
    """Return how many mails on how to pay by hand were queued to an address since a moment."""
    count: int = await connection.fetchval(_queries.by_hand_mails_to, merchant_id, address, since)
    return count


def _gift(row: Row) -> Gift:
    return msgspec.convert(dict(row), Gift)


async def erase_person(
    connection: Connection, merchant_id: UUID, email: str, *, now: datetime
) -> tuple[int, list[UUID]]:
    """Take somebody out of deliveries and mails; return how many deliveries, and the mails. `email` in lower case."""
    rows = await connection.fetch(_queries.erase_gifts, merchant_id, email)
    mails = await connection.fetch(_queries.erase_mails, merchant_id, email, ERASED_ADDRESS, now)
    return len(rows), [row["mail_id"] for row in mails]


async def forget_mails(connection: Connection, merchant_id: UUID, *, before: UUID, limit: int) -> int:
    """Delete some mails that were queued before an id was made and wait for nothing; return how many."""
    return int((await connection.execute(_queries.forget_mails, merchant_id, before, limit)).rpartition(" ")[2])
