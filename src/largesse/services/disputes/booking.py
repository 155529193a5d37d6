"""How the books hear of a dispute: rows of the account at the gateway that the bank takes the money from.

When it opens, the money goes from `gateway_clearing` to `disputed`; when it is won, back. When it is lost, as much is
taken of what is left of what the money had bought, and the rest is a chargeback loss (docs/decisions/0109-disputes.md).
"""

from collections.abc import Iterable
from uuid import UUID

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.payments import Dispute, DisputeStatus, Payment
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Account, Entry, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind, UndoEntry
from largesse.services.capabilities import UsesLedger


def item_of(dispute: Dispute) -> OpenItem:
    """Return the open item of a dispute: its gateway's name of it is unique for the merchant."""
    item_id = derived_id("dispute-item", dispute.merchant_id, dispute.gateway, dispute.reference)
    return OpenItem(OpenItemKind.DISPUTE, item_id)


async def taken_by(deps: UsesLedger, connection: Connection, payment: Payment, dispute: Dispute) -> int:
    """Return what a bank takes of a payment, in its currency: no more than there is, and other disputes leave of it."""
    gone = 0
    for one in await payments.disputes_of_payment(connection, payment.merchant_id, payment.payment_id):
        if one.reference == dispute.reference or one.status is DisputeStatus.WON:
            continue
        lost = one.status is DisputeStatus.LOST
        gone += one.taken_of(payment) if lost else _held(await _moved(deps, connection, one))
    return min(dispute.taken_of(payment), max(payment.amount - gone, 0))


async def opened(
    deps: UsesLedger, connection: Connection, payment: Payment, where: Where, dispute: Dispute, *, amount: int
) -> list[PostEntry]:
    """Return what books that a bank holds `amount` of a payment; nothing where the books have it so."""
    moved = await _moved(deps, connection, dispute)
    missing = amount - _held(moved)
    if not missing:
        return []
    reason = "disputed" if missing > 0 else "returned"
    return [_entry(payment, where, dispute, Kind.DISPUTE_OPENED, reason, abs(missing), turn=len(moved))]


async def won(deps: UsesLedger, connection: Connection, payment: Payment, dispute: Dispute) -> list[UndoEntry]:
    """Return what books the money back that a bank held."""
    rows = await deps.ledger.rows_of_item(connection, payment.merchant_id, item_of(dispute))
    undone = {row.refers_to for row in rows if row.kind is Kind.DISPUTE_WON}
    return [
        UndoEntry(
            merchant_id=payment.merchant_id,
            operation_id=derived_id("dispute-won", operation_id),
            actor=f"gateway:{dispute.gateway}",
            subject_kind=SubjectKind.GATEWAY_ACCOUNT,
            subject_id=payment.account.subject_id,
            kind=Kind.DISPUTE_WON,
            undoes=operation_id,
        )
        for operation_id in dict.fromkeys(row.operation_id for row in rows if row.kind is Kind.DISPUTE_OPENED)
        if operation_id not in undone
    ]


def lost(payment: Payment, where: Where, dispute: Dispute, *, beyond: int) -> list[PostEntry]:
    """Return what books that a bank kept so much beyond what was left of what the money had bought."""
    return [_entry(payment, where, dispute, Kind.DISPUTE_LOST, "lost", beyond)] if beyond else []


async def _moved(deps: UsesLedger, connection: Connection, dispute: Dispute) -> list[Entry]:
    rows = await deps.ledger.rows_of_item(connection, dispute.merchant_id, item_of(dispute))
    return [row for row in rows if row.kind in {Kind.DISPUTE_OPENED, Kind.DISPUTE_WON}]


def _held(moved: Iterable[Entry]) -> int:
    """Return what a bank holds over a dispute, by the rows that say so."""
    return sum(
        ((row.debit is Account.DISPUTED) - (row.credit is Account.DISPUTED)) * (row.amount or 0) for row in moved
    )


def _entry(  # noqa: PLR0917 - one row, in the order it is read
    payment: Payment, where: Where, dispute: Dispute, kind: Kind, reason: str, amount: int, *, turn: int = 0
) -> PostEntry:
    item = item_of(dispute)
    return PostEntry(
        merchant_id=payment.merchant_id,
        operation_id=_operation(kind, item.item_id, turn),
        actor=f"gateway:{dispute.gateway}",
        where=where,
        subject_kind=SubjectKind.GATEWAY_ACCOUNT,
        subject_id=payment.account.subject_id,
        kind=kind,
        reason=reason,
        open_item=item,
        currency=payment.currency,
        amount=amount,
    )


def _operation(kind: Kind, item_id: UUID, turn: int) -> UUID:
    return derived_id(kind, item_id, str(turn))
