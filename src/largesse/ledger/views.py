"""The datasets of the ledger: certificates, the journal, and redemptions. None of them knows a certificate's number."""

from uuid import UUID

from largesse.db import load
from largesse.db.dataset import Column, ColumnKind, Dataset
from largesse.kernel.paging import Period
from largesse.ledger.model import Status

_queries = load(__package__)

_CERTIFICATES = (
    Column("certificate_id"),
    Column("order_number", ColumnKind.TEXT),
    Column("status"),
    Column("class_of_value"),
    Column("currency"),
    Column("balance", ColumnKind.MONEY),
    Column("held", ColumnKind.MONEY),
    Column("gratuity_balance", ColumnKind.MONEY),
    Column("gratuity_held", ColumnKind.MONEY),
    Column("issued_at", ColumnKind.MOMENT),
    Column("good_through", ColumnKind.DAY),
    Column("funding"),
)
_JOURNAL = (
    Column("booked_on", ColumnKind.DAY),
    Column("recorded_at", ColumnKind.MOMENT),
    Column("effective_at", ColumnKind.MOMENT),
    Column("subject_kind"),
    Column("subject_id"),
    Column("seq", ColumnKind.NUMBER),
    Column("kind"),
    Column("leg"),
    Column("debit"),
    Column("credit"),
    Column("currency"),
    Column("amount", ColumnKind.MONEY),
    Column("held_change", ColumnKind.MONEY),
    Column("balance_after", ColumnKind.MONEY),
    Column("held_after", ColumnKind.MONEY),
    Column("gratuity_after", ColumnKind.MONEY),
    Column("gratuity_held_after", ColumnKind.MONEY),
    Column("status_after"),
    Column("location_id"),
    Column("legal_entity_id"),
    Column("reason"),
    Column("actor", ColumnKind.TEXT),
    Column("memo", ColumnKind.TEXT),
    Column("operation_id"),
    Column("line", ColumnKind.NUMBER),
    Column("refers_to"),
    Column("tax_kind"),
    Column("tax_country"),
    Column("tax_rate_ppm", ColumnKind.NUMBER),
    Column("taxable_amount", ColumnKind.MONEY),
    Column("tax_amount", ColumnKind.MONEY),
    Column("tax_point", ColumnKind.DAY),
)
_REDEMPTIONS = (
    Column("recorded_at", ColumnKind.MOMENT),
    Column("booked_on", ColumnKind.DAY),
    Column("location_id"),
    Column("device_id"),
    Column("certificate_id"),
    Column("order_number", ColumnKind.TEXT),
    Column("kind"),
    Column("currency"),
    Column("value", ColumnKind.MONEY),
    Column("gratuity", ColumnKind.MONEY),
    Column("given_away", ColumnKind.MONEY),
    Column("reversed", ColumnKind.FLAG),
    Column("actor", ColumnKind.TEXT),
    Column("memo", ColumnKind.TEXT),
    Column("operation_id"),
    Column("tax_kind"),
    Column("tax_rates"),
    Column("taxable", ColumnKind.MONEY),
    Column("tax", ColumnKind.MONEY),
)


def certificates_dataset(merchant_id: UUID, *, zone: str, issued: Period, status: Status | None = None) -> Dataset:
    """Return the dataset of a merchant's certificates as they stand now, by when they were issued."""
    return Dataset(
        name="certificates",
        query=_queries.certificates_dataset,
        args=(merchant_id, issued.since, issued.until, status.value if status else None),
        columns=_CERTIFICATES,
        order=("issued_at", "certificate_id"),
        zone=zone,
    )


def journal_dataset(merchant_id: UUID, *, zone: str, recorded: Period) -> Dataset:
    """Return the dataset of a merchant's journal, row by row, by when they were written."""
    return Dataset(
        name="journal",
        query=_queries.journal_dataset,
        args=(merchant_id, recorded.since, recorded.until),
        columns=_JOURNAL,
        order=("recorded_at", "subject_id", "seq"),
        zone=zone,
    )


def redemptions_dataset(merchant_id: UUID, *, zone: str, recorded: Period) -> Dataset:
    """Return the dataset of what was spent, one row for each redemption or captured hold, reversed or not."""
    return Dataset(
        name="redemptions",
        query=_queries.redemptions_dataset,
        args=(merchant_id, recorded.since, recorded.until),
        columns=_REDEMPTIONS,
        order=("recorded_at", "certificate_id", "seq"),
        zone=zone,
    )
