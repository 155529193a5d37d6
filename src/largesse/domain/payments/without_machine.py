"""What the gateways have in common that collect nothing by themselves: nobody calls back, and nobody can be asked."""

from datetime import datetime

from largesse.domain.payments.errors import NoCallbacks
from largesse.domain.payments.model import Callback, Notice, Payment, RefundMade, RefundRequest, RefundStatus
from largesse.kernel.currency import Currency
from largesse.kernel.money import Money


class WithoutMachine:
    """The half of a `Gateway` that has no machine behind it; `name`, `start` and `refund` are each one's own."""

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return none: buyers stay with us."""
        return ()

    def collects(self, amount: Money) -> bool:
        """Return True: no machine sets a limit."""
        del amount
        return True

    def least(self, currency: Currency) -> Money:
        """Return zero: no machine sets a limit."""
        return Money(0, currency)

    async def look_up(self, reference: str, *, now: datetime) -> Notice | None:
        """Return None: there is nobody to ask."""
        del reference, now
        return None

    async def give_up(self, reference: str, *, now: datetime) -> None:
        """Do nothing: a payment that comes all the same is given back like any other."""

    async def refunds_of(self, payment: Payment, *, now: datetime) -> tuple[RefundMade, ...] | None:
        """Return None: there is nobody to ask."""
        del payment, now
        return None

    def read_callback(self, callback: Callback, *, now: datetime) -> tuple[Notice, ...]:
        """Refuse: nobody calls back.

        Raises:
            NoCallbacks: always.
        """
        del callback, now
        raise NoCallbacks


def refund_as_asked(request: RefundRequest, *, prefix: str, status: RefundStatus) -> RefundMade:
    """Return a refund of all that was asked for, named after the request."""
    return RefundMade(
        reference=f"{prefix}:{request.refund_id}",
        status=status,
        amount=request.amount,
        refund_id=request.refund_id,
    )
