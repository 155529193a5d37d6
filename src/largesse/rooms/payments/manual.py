"""The gateway without a machine: pay at the counter or by transfer, confirmed by staff."""

from datetime import datetime

from largesse.rooms.payments.errors import NoCallbacks
from largesse.rooms.payments.model import Callback, Notice, PaymentRequest, PaymentStarted, RefundMade, RefundRequest

MANUAL = "manual"


class ManualGateway:
    """Collect nothing itself: staff say when the money is there, and hand it back themselves."""

    @property
    def name(self) -> str:
        """Return `manual`."""
        return MANUAL

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

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Say that the money is staff's to hand back; it is not on its way by itself."""
        del now
        return RefundMade(reference=f"{request.reference}:refund:{request.idempotency_key}", settled=False)

    def read_callback(self, callback: Callback, *, now: datetime) -> tuple[Notice, ...]:
        """Refuse: nothing calls back for manual payments.

        Raises:
            NoCallbacks: always.
        """
        del callback, now
        raise NoCallbacks
