"""Receipts, invoices and corrections that go with a mail."""

from collections.abc import Sequence
from typing import Final

from largesse.db import Connection
from largesse.domain.gifts import MailDue, Purpose
from largesse.domain.invoices import SaleDocument, sale_documents_of
from largesse.kernel.mail import Attachment
from largesse.outbox import Claimed
from largesse.services.capabilities import PrintsInvoices
from largesse.services.invoices import sale_file_name, sale_pdf

_PURPOSES: Final = frozenset({Purpose.RECEIPT, Purpose.REFUNDED, Purpose.RECLAIMED, Purpose.CREDITED, Purpose.VOIDED})


async def documents_with(connection: Connection, claimed: Claimed, due: MailDue) -> tuple[SaleDocument, ...]:
    """Return what was written in the transaction that queued a mail: it bears the same moment.

    Corrections go with what takes back, and the first documents with what tells of the sale.
    """
    if due.purpose not in _PURPOSES:
        return ()
    known = await sale_documents_of(connection, claimed.merchant_id, due.checkout_id)
    corrects = due.purpose is not Purpose.RECEIPT
    written = (one for one in known if one.issued_at == claimed.occurred_at)
    return tuple(one.document for one in written if (one.corrects is not None) is corrects)


async def printed_documents(deps: PrintsInvoices, documents: Sequence[SaleDocument]) -> list[Attachment]:
    """Return documents as they are enclosed, each as a PDF."""
    return [Attachment(file_name=sale_file_name(one), content=await sale_pdf(deps, one)) for one in documents]
