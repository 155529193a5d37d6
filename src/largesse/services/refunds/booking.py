"""How the books hear that a refund was paid, or came back: rows of the account at the gateway that its money left."""

from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.payments import AccountRef, Payment, PaymentRefund, RefundStatus
from largesse.kernel.ids import derived_id
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import (
    Account,
    Command,
    Kind,
    OpenItem,
    OpenItemKind,
    PaidRefund,
    PostEntry,
    Settle,
    SubjectKind,
    UndoEntry,
)
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import bank_account_of, drawer_of
from largesse.services.merchants import where_of, where_of_row
from largesse.services.orders import operation_of

BY_BANK = "by_bank"
"""Why a refund counts as paid that the buyer's bank has taken."""
_REASONS = {
    Account.REFUNDS: "owed",
    Account.WRITE_OFFS: "voided",
    Account.BREAKAGE: "kept",
    Account.BREAKAGE_OF_GRATUITIES: "kept_gratuity",
    Account.GOODWILL: "given_away",
}
"""Why it was paid, by the account that owed it."""


async def where_of_payment(deps: UsesLedger, connection: Connection, payment: Payment) -> Where:
    """Return where the money of a payment was booked, and what becomes of it is: where its orders were placed."""
    for order in await orders.orders_of_checkouts(connection, payment.merchant_id, [payment.checkout_id]):
        row = await deps.ledger.first_row(connection, payment.merchant_id, operation_of(order))
        if row is not None:
            return await where_of_row(connection, row)
        if order.location_id is not None:
            return await where_of(connection, payment.merchant_id, order.location_id, closed_too=True)
    return await where_of(connection, payment.merchant_id, closed_too=True)


def paid(
    at: AccountRef,
    where: Where,
    operation_id: UUID,
    *,
    owed_by: Account = Account.REFUNDS,
    refund_id: UUID,
    certificate_id: UUID | None = None,
    by_bank: bool = False,
    currency: str,
    amount: int,
    actor: str,
    memo: str | None = None,
) -> PostEntry:
    """Return what books a refund as paid. It names the certificate where one refund is for several."""
    return PostEntry(
        merchant_id=at.merchant_id,
        operation_id=operation_id,
        actor=actor,
        memo=memo,
        where=where,
        subject_kind=SubjectKind.GATEWAY_ACCOUNT,
        subject_id=at.subject_id,
        kind=Kind.PAY_REFUND,
        reason=BY_BANK if by_bank else _REASONS[owed_by],
        open_item=OpenItem(OpenItemKind.REFUND, refund_id),
        refers_to=certificate_id,
        currency=currency,
        amount=amount,
    )


def booked(
    payment: Payment,
    where: Where,
    before: PaymentRefund,
    after: PaymentRefund,
    *,
    by_bank: bool = False,
    hand: "Hand | None" = None,
) -> PostEntry | None:
    """Return what books a refund as paid which was not, if it concerns the books. Pure.

    `where` is where the payment was booked; `by_bank`: out of a dispute; `hand`: what staff have handed it back from.
    """
    is_paid, standing = after.status is RefundStatus.SETTLED, before.bookings % 2 == 1
    if before.certificate_id is None or not is_paid or standing:
        return None
    if hand is not None:
        return hand.pays(before)
    return paid(
        _account_of(payment, before),
        where,
        _paid_by(before, before.bookings),
        refund_id=before.refund_id,
        by_bank=by_bank,
        currency=before.currency,
        amount=before.amount,
        actor=f"gateway:{before.gateway}",
    )


class RefundPayer(StrEnum):
    """What staff hand money back from."""

    DRAWER = "drawer"
    TERMINAL = "terminal"
    BANK = "bank"


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """What money is handed back from, where, and on which device."""

    payer: RefundPayer
    where: Where
    device_id: UUID | None = None

    def pays(self, refund: PaymentRefund) -> PostEntry:
        """Return what books a refund as paid so: over a counter by the merchant's own till, where that books sales."""
        kind, subject_id, reason = SubjectKind.BANK_ACCOUNT, bank_account_of(self.where), "owed"
        if self.payer is not RefundPayer.BANK:
            at_till = self.where.books_sale is BooksSale.TILL
            kind, subject_id, reason = SubjectKind.LOCATION, self.where.location_id, "till" if at_till else "terminal"
            if self.payer is RefundPayer.DRAWER and not at_till:
                kind, subject_id, reason = SubjectKind.TILL_DRAWER, drawer_of(self.where, self.device_id), "owed"
        return PostEntry(
            merchant_id=refund.merchant_id,
            operation_id=_paid_by(refund, refund.bookings),
            actor="gateway:manual",
            where=self.where,
            device_id=self.device_id,
            subject_kind=kind,
            subject_id=subject_id,
            kind=Kind.PAY_REFUND,
            reason=reason,
            open_item=OpenItem(OpenItemKind.REFUND, refund.refund_id),
            currency=refund.currency,
            amount=refund.amount,
        )


async def undone(
    deps: UsesLedger, connection: Connection, payment: Payment, before: PaymentRefund, after: PaymentRefund
) -> Command | None:
    """Return what books back a refund which was booked as paid, and is not paid."""
    is_paid, standing = after.status is RefundStatus.SETTLED, before.bookings % 2 == 1
    if before.certificate_id is None or is_paid or not standing:
        return None
    actor = f"gateway:{before.gateway}"
    operation = _paid_by(before, before.bookings - 1)
    if await deps.ledger.happened(connection, before.merchant_id, operation):
        return failed(_account_of(payment, before), operation, actor=actor)
    # It was booked as paid when certificates had such rows.
    return Settle(
        merchant_id=before.merchant_id,
        certificate_id=before.certificate_id,
        operation_id=derived_id("settle", before.refund_id, str(before.bookings)),
        actor=actor,
        debit=Account.GATEWAY_CLEARING,
        credit=Account.REFUNDS,
        amount=before.amount,
    )


def failed(at: AccountRef, undoes: UUID, *, actor: str) -> UndoEntry:
    """Return what books back a refund that was booked as paid by an operation."""
    return UndoEntry(
        merchant_id=at.merchant_id,
        operation_id=derived_id("refund-failed", undoes),
        actor=actor,
        subject_kind=SubjectKind.GATEWAY_ACCOUNT,
        subject_id=at.subject_id,
        kind=Kind.REFUND_FAILED,
        undoes=undoes,
    )


def paid_again(at: AccountRef, where: Where, undone: PaidRefund, *, actor: str) -> PostEntry:
    """Return what books a refund as paid once more that had failed."""
    return paid(
        at,
        where,
        again_id(undone),
        owed_by=undone.account,
        refund_id=undone.refund_id,
        certificate_id=undone.certificate_id,
        currency=undone.currency,
        amount=undone.amount,
        actor=actor,
    )


def again_id(undone: PaidRefund) -> UUID:
    """Return the operation that books a refund as paid once more."""
    return derived_id("refund-again", undone.operation_id)


def _paid_by(refund: PaymentRefund, bookings: int) -> UUID:
    return derived_id("pay-refund", refund.refund_id, str(bookings))


def _account_of(payment: Payment, refund: PaymentRefund) -> AccountRef:
    """Return the account that a refund's money leaves: that of the payment, or nobody's where staff hand it back."""
    if refund.gateway == payment.gateway:
        return payment.account
    return AccountRef(merchant_id=refund.merchant_id, gateway=refund.gateway)
