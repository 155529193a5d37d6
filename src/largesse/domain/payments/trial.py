"""The test gateway: a plainly marked page on which a visitor decides how a payment goes. No money moves.

It exists for demonstrations and tests only. An installation for real money cannot even make one, so no address of it
can be mounted there. What stands on the page is signed, because it comes back from the visitor's browser.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.payments.errors import CallbackForged
from largesse.domain.payments.model import PaymentRequest, PaymentStarted, RefundMade, RefundRequest, RefundStatus
from largesse.domain.payments.without_machine import WithoutMachine, refund_as_asked
from largesse.kernel.errors import Forbidden
from largesse.kernel.ids import derived_id
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import TokenKind, TokenRefused

TEST = "test"
PAGE = "/test-payment"


class TrialForbidden(Forbidden):
    """An installation for real money has no test gateway."""

    code = "payment.test_gateway.forbidden"
    message = "The test gateway takes no money, so it does not exist where certificates are sold for real."


class TrialChoice(StrEnum):
    """How the visitor lets the payment go."""

    PAY = "pay"
    SLOW = "slow"  # agreed now, paid after a moment
    DECLINE = "decline"
    CANCEL = "cancel"


class TrialState(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is about. `amount` is in smallest units of `currency`."""

    merchant_id: UUID
    checkout_id: UUID
    reference: str
    currency: str
    amount: int
    language: str
    return_url: str
    cancel_url: str
    expires_at: datetime


_TOKENS: Final = TokenKind("test-gateway", TrialState)


class TestGateway(WithoutMachine):
    """Let a visitor say how a payment goes. Conforms to `Gateway`.

    Raises:
        TrialForbidden: `for_real` is set: this installation takes real money.
    """

    __test__ = False  # pytest takes a class of this name for tests

    def __init__(self, *, keyring: Keyring, base_url: str, for_real: bool) -> None:
        if for_real:
            raise TrialForbidden
        self._keyring = keyring
        self._base_url = base_url

    @property
    def name(self) -> str:
        """Return `test`."""
        return TEST

    async def start(self, request: PaymentRequest, *, now: datetime) -> PaymentStarted:
        """Return the address of the page, with its signed state."""
        del now
        state = TrialState(
            merchant_id=request.merchant_id,
            checkout_id=request.checkout_id,
            reference=f"test_{derived_id('test-gateway', request.idempotency_key)}",
            currency=request.amount.currency.code,
            amount=request.amount.minor,
            language=request.language,
            return_url=request.return_url,
            cancel_url=request.cancel_url,
            expires_at=request.expires_at,
        )
        return PaymentStarted(
            reference=state.reference,
            redirect_url=f"{self._base_url}{PAGE}/{_TOKENS.sign(self._keyring, state)}",
            expires_at=request.expires_at,
        )

    def read(self, token: str, *, now: datetime) -> TrialState:
        """Return what a page's token carries.

        Raises:
            CallbackForged: we did not write it, or its time has passed.
        """
        try:
            state = _TOKENS.read(self._keyring, token)
        except TokenRefused as error:
            raise CallbackForged from error
        if state.expires_at <= now:
            raise CallbackForged
        return state

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Answer that it is done; there was no money."""
        del now
        return refund_as_asked(request, prefix="test-refund", status=RefundStatus.SETTLED)
