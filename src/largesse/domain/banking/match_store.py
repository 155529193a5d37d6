"""The tables of what was said of lines, and of what partners have paid."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.banking.errors import BankMatchUnknown, PartnerPaymentUnknown
from largesse.domain.banking.matches import BankMatch, MatchKind, PartnerPayment, PaymentSource

_queries = load(__package__, "matches.sql")
_INSERTED = "INSERT 0 1"
_ONE = "UPDATE 1"


async def insert_payment(connection: Connection, one: PartnerPayment) -> bool:
    """Write what a partner paid; False where one of that id stands."""
    tag = await connection.execute(
        _queries.insert_payment, one.merchant_id, one.payment_id, one.partner_id, one.currency, one.amount,
        one.bank_currency, one.bank_amount, one.received_on, one.source, one.subject_id, one.line_id, one.reference,
        one.made_by, one.made_at,
    )  # fmt: skip
    return tag == _INSERTED


async def lock_payment(connection: Connection, merchant_id: UUID, payment_id: UUID) -> PartnerPayment:
    """Return a payment; nobody else sets it against an invoice until the transaction ends.

    Raises:
        PartnerPaymentUnknown: there is none.
    """
    row = await connection.fetchrow(_queries.lock_payment, merchant_id, payment_id)
    if row is None:
        raise PartnerPaymentUnknown
    return _payment(row)


async def payments_of(
    connection: Connection,
    merchant_id: UUID,
    partner_id: UUID | None = None,
    *,
    limit: int = 100,
    standing: bool = False,
) -> list[PartnerPayment]:
    """Return payments of a merchant's partners, or of one, the newest first; `standing`: without what was undone."""
    rows = await connection.fetch(_queries.payments_of, merchant_id, partner_id, limit, standing)
    return [_payment(row) for row in rows]


async def undo_payment(connection: Connection, one: PartnerPayment, *, by: str, now: datetime) -> bool:
    """Write that a payment does not stand any more; False where that was so."""
    return await connection.execute(_queries.undo_payment, one.merchant_id, one.payment_id, by, now) == _ONE


async def insert_match(connection: Connection, one: BankMatch) -> None:
    """Write what a part of a line is for."""
    await connection.execute(
        _queries.insert_match, one.merchant_id, one.match_id, one.line_id, one.what, one.target_kind, one.target_id,
        one.amount, one.reason, one.made_by, one.made_at,
    )  # fmt: skip


async def find_match(connection: Connection, merchant_id: UUID, match_id: UUID) -> BankMatch:
    """Return a match.

    Raises:
        BankMatchUnknown: there is none.
    """
    row = await connection.fetchrow(_queries.find_match, merchant_id, match_id)
    if row is None:
        raise BankMatchUnknown
    return _match(row)


async def matches_of_line(connection: Connection, merchant_id: UUID, line_id: UUID) -> list[BankMatch]:
    """Return what was said of a line, the oldest first, what was undone too."""
    return [_match(row) for row in await connection.fetch(_queries.matches_of_line, merchant_id, line_id)]


async def undo_match(connection: Connection, one: BankMatch, *, by: str, now: datetime) -> bool:
    """Write that a match does not stand any more; False where that was so."""
    return await connection.execute(_queries.undo_match, one.merchant_id, one.match_id, by, now) == _ONE


async def known_payers(connection: Connection, merchant_id: UUID) -> dict[str, UUID]:
    """Return which account numbers stand for which partner, by what they have paid before."""
    rows = await connection.fetch(_queries.known_payers, merchant_id)
    return {row["iban"]: row["partner_id"] for row in rows}


async def is_booked_by_line(connection: Connection, merchant_id: UUID, operation_id: UUID) -> bool:
    """Return whether a line stands for an operation that had booked the bank itself."""
    return bool(await connection.fetchval(_queries.is_booked_by_line, merchant_id, operation_id))


def _payment(row: Row) -> PartnerPayment:
    return PartnerPayment(**{**row, "source": PaymentSource(row["source"])})


def _match(row: Row) -> BankMatch:
    return BankMatch(**{**row, "what": MatchKind(row["what"])})
