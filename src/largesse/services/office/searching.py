"""One box: from what somebody types to what it is about. What names somebody stands in no address."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain import certificates, orders, staff
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.sealing import Sealed, SecretUnreadable
from largesse.services.certificates import locate
from largesse.services.office.dependencies import StoryDependencies

_views = load(__package__, "views.sql")
HITS_MAX = 50
_LAST_FOUR = 4
_WORD_MIN = 2


class Jump(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed is exactly one thing: an order by its number, or a certificate by its id."""

    order_number: str = ""
    certificate_id: UUID | None = None


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, the newest first; `more` where there is more than is shown."""

    orders: tuple[Row, ...] = ()
    certificates: tuple[Row, ...] = ()
    more: bool = False


async def jump_to(deps: StoryDependencies, merchant: Merchant, text: str, *, actor: str, now: datetime) -> Jump | None:
    """Return the one thing that a text names exactly, or None. A whole number that was looked up is audited."""
    merchant_id = merchant.merchant_id
    async with deps.database.connection() as connection:
        found = await orders.find_by_numbers(connection, merchant_id, [text, text.upper()])
        for number in found:
            return Jump(order_number=number)
        wanted = _an_id(text)
        if wanted is not None:
            if await deps.ledger.find(connection, merchant_id, wanted) is not None:
                return Jump(certificate_id=wanted)
            row = await connection.fetchrow(_views.order_of_id, merchant_id, wanted)
            return Jump(order_number=row["order_number"]) if row else None
    try:
        one = await locate(deps, text, at=merchant)
    except CertificateUnknown:
        return None
    if one.merchant.merchant_id != merchant_id:
        return None
    async with deps.database.transaction() as connection:
        await staff.record(
            connection,
            merchant_id,
            Audited.NUMBER_SEARCHED,
            subject=str(one.certificate.certificate_id),
            actor=actor,
            reason=None,
            now=now,
        )
    return Jump(certificate_id=one.certificate.certificate_id)


async def hits_of(deps: StoryDependencies, merchant: Merchant, text: str, *, amount: int | None) -> Hits:
    """Return what a text may be about: addresses, names, refcodes, partners' own numbers, last four, or an amount."""
    merchant_id, folded = merchant.merchant_id, text.casefold()
    async with deps.database.connection() as connection:
        found = dict[UUID, Row]()
        if "@" in folded:
            rows = await connection.fetch(_views.orders_of_address, merchant_id, folded, HITS_MAX + 1)
            found |= {row["order_id"]: row for row in rows}
        elif len(folded) >= _WORD_MIN:
            for query in (_views.orders_of_recipient, _views.orders_of_buyer):
                rows = await connection.fetch(query, merchant_id, _prefix(folded), HITS_MAX + 1)
                found |= {row["order_id"]: row for row in rows}
            rows = await connection.fetch(_views.orders_of_code, merchant_id, text, HITS_MAX + 1)
            found |= {row["order_id"]: row for row in rows}
        if amount is not None:
            rows = await connection.fetch(_views.orders_of_amount, merchant_id, amount, merchant.currency, HITS_MAX + 1)
            found |= {row["order_id"]: row for row in rows}
        cards = await _of_last_four(connection, merchant_id, text)
    newest = sorted(found.values(), key=lambda row: row["placed_at"], reverse=True)
    more = len(newest) > HITS_MAX or len(cards) > HITS_MAX
    return Hits(orders=tuple(newest[:HITS_MAX]), certificates=tuple(cards[:HITS_MAX]), more=more)


def close_search(deps: StoryDependencies, merchant: Merchant, text: str, *, bound_to: str) -> str:
    """Return an opaque word for what was typed, which counts for whoever typed it."""
    sealed = deps.keyring.seal(text, context=_context(merchant, bound_to))
    packed = msgspec.msgpack.encode((sealed.key_id, sealed.cipher))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def open_search(deps: StoryDependencies, merchant: Merchant, word: str, *, bound_to: str) -> str:
    """Return what an opaque word stands for; nothing of one that is not theirs."""
    try:
        packed = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        key_id, cipher = msgspec.msgpack.decode(packed, type=tuple[str, bytes])
        return deps.keyring.open(Sealed(key_id, cipher), context=_context(merchant, bound_to))
    except (binascii.Error, ValueError, msgspec.MsgspecError, SecretUnreadable):
        return ""


async def _of_last_four(connection: Connection, merchant_id: UUID, text: str) -> list[Row]:
    ending = text.strip("… .").upper()
    if len(ending) != _LAST_FOUR or not ending.isascii() or not ending.isalnum():
        return []
    ids = await certificates.find_by_last_four(connection, merchant_id, ending, limit=HITS_MAX + 1)
    return await connection.fetch(_views.certificates_of_ids, merchant_id, list(ids)) if ids else []


def _context(merchant: Merchant, bound_to: str) -> bytes:
    return b"office search:" + merchant.merchant_id.bytes + bound_to.encode()


def _prefix(folded: str) -> str:
    """Return a pattern of what begins so; what means something in patterns is meant literally."""
    return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _an_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
