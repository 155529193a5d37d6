"""The rows of the journal that invoices book of a partner: rounding at issue, matches, write-offs and tax relief."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain.invoices import Invoice, RateTotal
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Command, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind, TaxLine
from largesse.services.capabilities import UsesLedger
from largesse.services.merchants import where_of_entity


async def where_of_invoice(connection: Connection, invoice: Invoice) -> Where:
    """Return where the rows of an invoice are booked: in the books of the legal entity whose it is."""
    return await where_of_entity(connection, invoice.merchant_id, invoice.entity_id)


def entry(
    invoice: Invoice,
    where: Where,
    kind: Kind,
    reason: str,
    amount: int,
    *,
    operation_id: UUID,
    actor: str,
    tax: TaxLine | None = None,
    memo: str | None = None,
) -> PostEntry:
    """Return an entry of a partner that names an invoice."""
    return PostEntry(
        merchant_id=invoice.merchant_id,
        operation_id=operation_id,
        actor=actor,
        where=where,
        subject_kind=SubjectKind.PARTNER,
        subject_id=invoice.partner_id,
        kind=kind,
        reason=reason,
        memo=memo,
        currency=invoice.currency,
        amount=amount,
        open_item=OpenItem(OpenItemKind.INVOICE, invoice.invoice_id),
        tax=tax,
    )


def rounding_entries(
    invoice: Invoice, where: Where, kind: Kind, taxes: Sequence[RateTotal], *, actor: str
) -> list[Command]:
    """Return what books the difference between the tax of a document and what its certificates booked.

    A credit note's tax lowers what is payable, so that its differences go the other way. The taxable amount is zero:
    the certificates' rows have told it.
    """
    sign = 1 if kind is Kind.BILL else -1
    return [
        entry(
            invoice,
            where,
            kind,
            "rounded_up" if sign * one.rounding > 0 else "rounded_down",
            abs(one.rounding),
            operation_id=derived_id("rounding", invoice.invoice_id, one.tax_country, str(one.tax_rate_ppm)),
            actor=actor,
            tax=TaxLine(one.tax_country or None, one.tax_rate_ppm, 0, abs(one.rounding)),
        )
        for one in taxes
        if one.rounding
    ]


async def post(deps: UsesLedger, connection: Connection, commands: Sequence[Command], *, now: datetime) -> None:
    """Book some entries in the caller's transaction.

    Raises:
        LargesseError: the ledger refuses one.
    """
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
