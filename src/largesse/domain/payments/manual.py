"""The gateway without a machine: pay at the counter or by transfer, confirmed by staff."""

from datetime import datetime
from uuid import UUID

from largesse.domain.payments.model import (
    Payment,
    PaymentRefund,
    PaymentRequest,
    PaymentStarted,
    PaymentStatus,
    RefundMade,
    RefundReason,
    RefundRequest,
    RefundStatus,
)
from largesse.domain.payments.without_machine import WithoutMachine, refund_as_asked
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money

MANUAL = "manual"
FREE = "free"
"""What pays for what costs nothing."""


def of_nothing(merchant_id: UUID, checkout_id: UUID, *, currency: str, now: datetime) -> Payment:
    """Return the payment of a checkout that costs nothing."""
    return Payment(
        merchant_id=merchant_id,
        payment_id=new_id(now),
        checkout_id=checkout_id,
        gateway=FREE,
        reference=f"checkout:{checkout_id}",
        status=PaymentStatus.SUCCEEDED,
        currency=currency,
        amount=0,
        created_at=now,
        settled_at=now,
    )


def refund_id_of(merchant_id: UUID, operation_id: UUID, gateway: str) -> UUID:
    """Return the id of the refund that an operation owes by one way."""
    return derived_id("refund", merchant_id, operation_id, gateway)


def owed_by_hand(
    merchant_id: UUID, operation_id: UUID, *, certificate_id: UUID, money: Money, now: datetime
) -> PaymentRefund:
    """Return what an operation owes that no payment brought in: people hand it back. Pure."""
    return PaymentRefund(
        merchant_id=merchant_id,
        refund_id=refund_id_of(merchant_id, operation_id, MANUAL),
        payment_id=None,
        gateway=MANUAL,
        reason=RefundReason.REQUESTED,
        status=RefundStatus.SENT,
        certificate_id=certificate_id,
        currency=money.currency.code,
        amount=money.minor,
        created_at=now,
    )


class ManualGateway(WithoutMachine):
    """Collect nothing itself: staff say when the money is there, and hand it back themselves. Conforms to `Gateway`."""

    @property
    def name(self) -> str:
        """Return `manual`."""
        return MANUAL

    async def start(self, request: PaymentRequest, *, now: datetime) -> PaymentStarted:
        """Name the payment after its checkout; there is no page to go to."""
        del now
        return PaymentStarted(reference=f"checkout:{request.checkout_id}")

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Answer that the money is staff's to hand back, and is not back until they say so."""
        del now
        return refund_as_asked(request, prefix="by-hand", status=RefundStatus.SENT)
