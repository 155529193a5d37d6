"""The tables of what is set against invoices, and of what they say of seller and buyer."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.invoices.model import BillingDetails, InvoiceSettings, InvoiceSettlement, SettlementSource

_queries = load(__package__)
_ONE = "UPDATE 1"


async def insert_settlement(connection: Connection, settlement: InvoiceSettlement) -> None:
    """Write what is set against an invoice."""
    await connection.execute(
        _queries.insert_settlement,
        settlement.merchant_id,
        settlement.operation_id,
        settlement.invoice_id,
        settlement.partner_id,
        settlement.source,
        settlement.source_id,
        settlement.amount,
        settlement.actor,
        settlement.booked_at,
    )


async def find_settlement(connection: Connection, merchant_id: UUID, operation_id: UUID) -> InvoiceSettlement | None:
    """Return what was set against an invoice by an operation."""
    row = await connection.fetchrow(_queries.find_settlement, merchant_id, operation_id)
    return None if row is None else _settlement(row)


async def undo_settlement(connection: Connection, settlement: InvoiceSettlement, *, by: UUID, now: datetime) -> bool:
    """Note by which operation it was undone; False where another one did."""
    key = settlement.merchant_id, settlement.operation_id
    return await connection.execute(_queries.undo_settlement, *key, by, now) == _ONE


async def settlements_of(connection: Connection, merchant_id: UUID, invoice_id: UUID) -> list[InvoiceSettlement]:
    """Return what was set against an invoice, undone or not, in order."""
    return [_settlement(row) for row in await connection.fetch(_queries.settlements_of, merchant_id, invoice_id)]


async def settlements_from(connection: Connection, merchant_id: UUID, source_id: UUID) -> list[InvoiceSettlement]:
    """Return what of a payment or credit note was set against invoices, undone or not, in order."""
    return [_settlement(row) for row in await connection.fetch(_queries.settlements_from, merchant_id, source_id)]


async def billing_of(connection: Connection, merchant_id: UUID, partner_id: UUID) -> BillingDetails:
    """Return what invoices to a partner say of it; nothing where nobody said."""
    row = await connection.fetchrow(_queries.billing_of, merchant_id, partner_id)
    return BillingDetails() if row is None else BillingDetails(**row)


async def put_billing(connection: Connection, merchant_id: UUID, partner_id: UUID, details: BillingDetails) -> None:
    """Write what invoices to a partner say of it."""
    await connection.execute(_queries.put_billing, merchant_id, partner_id, *msgspec.structs.astuple(details))


async def settings_of(connection: Connection, merchant_id: UUID, entity_id: UUID) -> InvoiceSettings:
    """Return what invoices of a legal entity say of it; the usual where nobody said."""
    row = await connection.fetchrow(_queries.settings_of, merchant_id, entity_id)
    return (
        InvoiceSettings() if row is None else InvoiceSettings(**{**row, "reminder_days": tuple(row["reminder_days"])})
    )


async def put_settings(connection: Connection, merchant_id: UUID, entity_id: UUID, settings: InvoiceSettings) -> None:
    """Write what invoices of a legal entity say of it."""
    values = msgspec.structs.asdict(settings) | {"reminder_days": list(settings.reminder_days)}
    await connection.execute(_queries.put_settings, merchant_id, entity_id, *values.values())


def _settlement(row: Row) -> InvoiceSettlement:
    return InvoiceSettlement(**{**row, "source": SettlementSource(row["source"])})
