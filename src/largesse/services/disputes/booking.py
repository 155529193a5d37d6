"""How the books hear of a dispute: rows of the account at the gateway that the bank takes the money from.

When it opens, the money goes from `gateway_clearing` to `disputed`; when it is won, back. When it is lost, what is left
of what the money had bought is taken from there, and the rest is a chargeback loss (docs/decisions/0109-disputes.md).
"""

from uuid import UUID

from largesse.db import Connection
from largesse.domain.payments import Dispute, Payment
from largesse.kernel.ids import derived_id
from largesse.ledger import Account, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind, UndoEntry
from largesse.services.capabilities import UsesLedger


def item_of(dispute: Dispute) -> OpenItem:
    """Return the open item of a dispute: its gateway's name of it is unique for the merchant."""
    item_id = derived_id("dispute-item", dispute.merchant_id, dispute.gateway, dispute.reference)
    return OpenItem(OpenItemKind.DISPUTE, item_id)


def taken_by(dispute: Dispute, payment: Payment) -> int:
    """Return what a bank takes of a payment, in the payment's currency: all of it, where it names another."""
    return dispute.amount if dispute.currency == payment.currency else payment.amount


async def opened(
    deps: UsesLedger, connection: Connection, payment: Payment, dispute: Dispute, *, amount: int
) -> list[PostEntry]:
    """Return what books that a bank holds `amount` of a payment; nothing where the books have it so."""
    rows = await deps.ledger.rows_of_item(connection, payment.merchant_id, item_of(dispute))
    moved = [row for row in rows if row.kind in {Kind.DISPUTE_OPENED, Kind.DISPUTE_WON}]
    stands = sum(
        ((row.debit is Account.DISPUTED) - (row.credit is Account.DISPUTED)) * (row.amount or 0) for row in moved
    )
    missing = amount - stands
    if not missing:
        return []
    reason = "disputed" if missing > 0 else "returned"
    return [_entry(payment, dispute, Kind.DISPUTE_OPENED, reason, abs(missing), turn=len(moved))]


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


def lost(payment: Payment, dispute: Dispute, *, beyond: int) -> list[PostEntry]:
    """Return what books that a bank kept so much beyond what was left of what the money had bought, or so much less."""
    reason = "lost" if beyond > 0 else "kept"
    return [_entry(payment, dispute, Kind.DISPUTE_LOST, reason, abs(beyond))] if beyond else []


def _entry(payment: Payment, dispute: Dispute, kind: Kind, reason: str, amount: int, *, turn: int = 0) -> PostEntry:
    item = item_of(dispute)
    return PostEntry(
        merchant_id=payment.merchant_id,
        operation_id=_operation(kind, item.item_id, turn),
        actor=f"gateway:{dispute.gateway}",
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
