"""What a certificate's journal tells about what was paid for it, what went back, and what is still owed."""

from collections.abc import Sequence
from uuid import UUID

from largesse.db import Connection
from largesse.kernel.errors import Conflict
from largesse.ledger import Account, Entry, Kind
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import Place


class MergedValue(Conflict):
    """What a certificate holds was paid for in more than one way."""

    code = "certificate.merged"
    message = (
        "Value of another certificate was merged into this one, so it cannot be told who paid what for the rest. "
        "Transfer that value back first, to a certificate of its own order, and take each back by itself."
    )


async def history_of(deps: UsesLedger, connection: Connection, place: Place) -> list[Entry]:
    """Return the journal of a certificate, and of those before it that it was reissued from: one order's story."""
    history = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
    while (first := history[0]).kind is Kind.TRANSFER and first.refers_to is not None:
        history = [*await deps.ledger.statement(connection, place.merchant_id, first.refers_to), *history]
    return history


def refuse_merged(history: Sequence[Entry]) -> None:
    """Refuse to go on where value came in from a certificate that this one does not replace.

    Raises:
        MergedValue: it did.
    """
    opened: dict[UUID, UUID] = {}
    for entry in history:
        first = opened.setdefault(entry.subject_id, entry.operation_id)
        came_in = entry.kind is Kind.TRANSFER and entry.credit is Account.CERTIFICATES_OUTSTANDING
        if came_in and entry.operation_id != first:
            raise MergedValue


def owed_by_partner(history: Sequence[Entry]) -> int:
    """Return what a partner owes for a certificate, by its journal."""
    return sum(
        ((entry.debit is Account.PARTNER_RECEIVABLE) - (entry.credit is Account.PARTNER_RECEIVABLE))
        * (entry.amount or 0)
        for entry in history
    )
