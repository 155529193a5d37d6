"""What of the journal a question is about, with what a partner ordered."""

import msgspec

from largesse.db import Connection, load
from largesse.domain.merchants import Merchant
from largesse.ledger import FigureFilter
from largesse.services.reports.asking import ReportQuestion

_views = load(__package__, "views.sql")


async def chosen(connection: Connection, merchant: Merchant, question: ReportQuestion) -> FigureFilter:
    """Return which rows a question is about."""
    if question.partner_id is None:
        return question.filter
    rows = await connection.fetch(_views.certificates_of_partner, merchant.merchant_id, question.partner_id)
    return msgspec.structs.replace(question.filter, subjects=tuple(row["certificate_id"] for row in rows))
