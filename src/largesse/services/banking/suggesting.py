"""What lines that wait may be for: suggestions from open invoices, and what is on its way or was booked before."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.banking import InvoiceIndex, KeptLine, OpenInvoice, Suggestion, known_payers
from largesse.ledger import OpenItem, OpenItemKind

_views = load(__package__, "views.sql")


class Awaited(NamedTuple):
    """What is on its way to an account (`amount` above zero), or from it, since a day."""

    item: OpenItem
    currency: str
    amount: int
    since: date


class BookedBefore(NamedTuple):
    """What was booked on the bank itself, of a kind, on a day."""

    operation_id: UUID
    kind: str
    booked_on: date


async def open_invoices(connection: Connection, merchant_id: UUID, partner_id: UUID | None = None) -> list[OpenInvoice]:
    """Return every invoice that is not settled, or a partner's, the longest due first."""
    rows = await connection.fetch(_views.open_invoices, merchant_id, partner_id)
    return [
        OpenInvoice(
            invoice_id=row["invoice_id"],
            number=row["invoice_number"],
            partner_id=row["partner_id"],
            partner=row["partner"],
            currency=row["currency"],
            open=row["open"],
            reference=row["reference"],
            refcodes=tuple(row["refcodes"]),
        )
        for row in rows
    ]


async def index_of(connection: Connection, merchant_id: UUID) -> InvoiceIndex:
    """Return what lines of a merchant are looked up in."""
    found = await open_invoices(connection, merchant_id)
    return InvoiceIndex(found, await known_payers(connection, merchant_id))


async def suggestions_for(
    connection: Connection, merchant_id: UUID, lines: Sequence[KeptLine]
) -> dict[UUID, list[Suggestion]]:
    """Return what lines may be for, each line's surest first."""
    if not any(one.left > 0 for one in lines):
        return {one.line_id: [] for one in lines}
    index = await index_of(connection, merchant_id)
    return {one.line_id: index.suggest(one.line, one.left) for one in lines}


async def awaited_items(connection: Connection, merchant_id: UUID) -> list[Awaited]:
    """Return what is on its way to the accounts of a merchant or from them, the oldest first."""
    rows = await connection.fetch(_views.awaited_items, merchant_id)
    return [
        Awaited(
            OpenItem(OpenItemKind(row["open_item_kind"]), row["open_item_id"]),
            row["currency"],
            row["amount"],
            row["since"],
        )
        for row in rows
    ]


async def booked_before(connection: Connection, line: KeptLine) -> list[BookedBefore]:
    """Return what of a line's amount was booked on the bank itself, and no line stands for."""
    rows = await connection.fetch(_views.booked_on_the_bank, line.merchant_id, line.line.currency, line.left)
    return [BookedBefore(row["operation_id"], row["kind"], row["booked_on"]) for row in rows]
