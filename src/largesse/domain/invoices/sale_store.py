"""The tables of receipts and invoices of checkouts, and of the numbers of their series."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.invoices.errors import SaleDocumentUnknown
from largesse.domain.invoices.sale_documents import (
    SERIES,
    KeptDocument,
    SaleDocument,
    SaleDocumentKind,
    TaxGroup,
    opened_sale,
    sealed_sale,
)

_queries = load(__package__, "sale_documents.sql")
_DIGITS_MAX = 18


async def next_sale_number(connection: Connection, merchant_id: UUID, kind: SaleDocumentKind) -> int:
    """Take the next number of a kind. It is given with what is written in this transaction, or not at all.

    The series is locked until the transaction ends, so this comes after everything that could wait for others.
    """
    number: int = await connection.fetchval(_queries.next_sale_number, merchant_id, kind)
    return number


async def write_sale_document(connection: Connection, kept: KeptDocument, *, number: int) -> None:
    """Write a document, for good."""
    document = kept.document
    content, digest = sealed_sale(document)
    await connection.execute(
        _queries.insert_sale_document,
        kept.merchant_id,
        kept.document_id,
        kept.checkout_id,
        document.group,
        document.kind,
        number,
        kept.corrects,
        document.reason,
        document.currency,
        document.total,
        document.tax,
        kept.issued_at,
        content,
        digest,
    )


async def sale_documents_of(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> list[KeptDocument]:
    """Return the documents of a checkout, the first first."""
    return [_kept(row) for row in await connection.fetch(_queries.sale_documents_of, merchant_id, checkout_id)]


async def lock_first_sale_document(
    connection: Connection, merchant_id: UUID, checkout_id: UUID, group: TaxGroup
) -> KeptDocument | None:
    """Return the receipt or invoice of a checkout for what is taxed so, locked; None where there is none."""
    row = await connection.fetchrow(_queries.first_sale_document, merchant_id, checkout_id, group)
    return None if row is None else _kept(row)


async def find_sale_document(connection: Connection, merchant_id: UUID, number: str) -> KeptDocument:
    """Return the document of a number.

    Raises:
        SaleDocumentUnknown: there is none.
    """
    text = number.strip().upper()
    prefix, _, digits = text.rpartition("-")
    kind = next((kind for kind, known in SERIES.items() if known == f"{prefix}-"), None)
    if kind is None or not (digits.isascii() and digits.isdigit()) or len(digits) > _DIGITS_MAX:
        raise SaleDocumentUnknown
    row = await connection.fetchrow(_queries.sale_document_of_number, merchant_id, kind, int(digits))
    if row is None:
        raise SaleDocumentUnknown
    return _kept(row)


def _kept(row: Row) -> KeptDocument:
    document: SaleDocument = opened_sale(row["document"])
    issued_at: datetime = row["issued_at"]
    return KeptDocument(
        merchant_id=row["merchant_id"],
        document_id=row["document_id"],
        checkout_id=row["checkout_id"],
        corrects=row["corrects"],
        issued_at=issued_at,
        document=document,
    )
