"""The gateway without a machine: pay at the counter or by transfer, confirmed by staff."""

from datetime import datetime

from largesse.domain.payments.model import PaymentRequest, PaymentStarted, RefundMade, RefundRequest, RefundStatus
from largesse.domain.payments.without_machine import WithoutMachine, refund_as_asked

MANUAL = "manual"


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
