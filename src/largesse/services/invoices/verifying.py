"""Prove that invoices say what the journal does (ACCOUNTS §1, "Always").

What a partner owes is what is open of its invoices and what is not invoiced, at every instant; what certificates gave
back of what is invoiced stands on credit notes; numbers have no gaps.
"""

from collections.abc import AsyncIterator

from largesse.db import Connection, load
from largesse.ledger import Difference

_proofs = load(__package__, "views.sql")
_CHECKS = (
    _proofs.settled_differences,
    _proofs.charged_differences,
    _proofs.credited_differences,
    _proofs.note_differences,
    _proofs.receivable_differences,
    _proofs.limit_differences,
    _proofs.number_differences,
    _proofs.sale_number_differences,
)


async def verify(connection: Connection) -> AsyncIterator[Difference]:
    """Yield every difference between invoices and the journal, in one snapshot.

    Must be called on a session without an open transaction.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for query in _CHECKS:
            for row in await connection.fetch(query):
                subject = f"invoice {row['invoice_id']}"
                yield Difference(merchant_id=row["merchant_id"], subject=subject, finding=row["finding"])
