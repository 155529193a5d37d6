"""The gateway without a machine: pay at the counter or by transfer, confirmed by staff."""

from datetime import datetime

from largesse.rooms.payments.errors import NoCallbacks
from largesse.rooms.payments.model import (
    Callback,
    Notice,
    Payment,
    PaymentRequest,
    PaymentStarted,
    RefundMade,
    RefundRequest,
    RefundStatus,
)

MANUAL = "manual"


class ManualGateway:
    """Collect nothing itself: staff say when the money is there, and hand it back themselves."""

    @property
    def name(self) -> str:
        """Return `manual`."""
        return MANUAL

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return none: buyers stay with us."""
        return ()

    def collects(self, currency: str, amount: int) -> bool:
        """Return True: people can hand over anything."""
        del currency, amount
        return True

    async def start(self, request: PaymentRequest, *, now: datetime) -> PaymentStarted:
        """Name the payment after its checkout; there is no page to go to."""
        del now
        return PaymentStarted(reference=f"checkout:{request.checkout_id}")

    async def look_up(self, reference: str, *, now: datetime) -> Notice | None:
        """Return None: only staff know."""
        del reference, now
        return None

    async def give_up(self, reference: str, *, now: datetime) -> None:
        """Do nothing: nobody can pay by themselves."""

    async def refunds_of(self, payment: Payment, *, now: datetime) -> tuple[RefundMade, ...] | None:
        """Return None: only staff know."""
        del payment, now
        return None

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Say that the money is staff's to hand back, and is not back until they say so."""
        del now
        return RefundMade(
            reference=f"by-hand:{request.refund_id}",
            status=RefundStatus.SENT,
            currency=request.currency,
            amount=request.amount,
            refund_id=request.refund_id,
        )

    def read_callback(self, callback: Callback, *, now: datetime) -> tuple[Notice, ...]:
        """Refuse: nothing calls back for manual payments.

        Raises:
            NoCallbacks: always.
        """
        del callback, now
        raise NoCallbacks
