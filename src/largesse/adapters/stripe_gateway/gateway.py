"""The gateway to Stripe, through Stripe's own library.

Every request is bounded in time and tried at most three times, under a key that makes repeating it harmless. What
Stripe says in its errors stays out of ours: it may name accounts and keys.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
import msgspec
import stripe
import structlog

from largesse.adapters.stripe_gateway.amounts import from_stripe, least_amount, to_stripe
from largesse.adapters.stripe_gateway.callbacks import (
    CHECKOUT,
    MERCHANT,
    REFUND,
    StripeEvent,
    intent_of,
    notices_of,
    session_kind,
    uuid_of,
)
from largesse.domain.payments import (
    Callback,
    CallbackForged,
    CallbackOtherAccount,
    CallbackOtherMode,
    GatewayOtherMode,
    GatewayUnavailable,
    Notice,
    NoticeKind,
    Payment,
    PaymentNotFound,
    PaymentRefused,
    PaymentRequest,
    PaymentStarted,
    PaymentTooSmall,
    RefundMade,
    RefundRequest,
    RefundStatus,
)
from largesse.kernel.currency import Currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.kernel.time_limits import limit

STRIPE = "stripe"
CHECKOUT_ORIGIN = "https://checkout.stripe.com"
# How old a callback's signature may be: what Stripe's own library takes for usual.
TOLERANCE_S = 300
TOTAL_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 4.0
SIGNATURE_LENGTH_MAX = 4_096
RETRIES_MAX = 2
REFUNDS_MAX = 100
_NAME_MAX = 250

_REFUND_STATUS = {
    "succeeded": RefundStatus.SETTLED,
    "pending": RefundStatus.SENT,
    "requires_action": RefundStatus.SENT,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_REFUSALS: dict[str, type[LargesseError]] = {"resource_missing": PaymentNotFound, "amount_too_small": PaymentTooSmall}
# What a payment intent says when a payment by a slow method has fallen through after the buyer had agreed to it.
_FELL_THROUGH = frozenset({"canceled", "requires_payment_method"})

_log = structlog.get_logger()


class StripeGateway:
    """Collect payments on Stripe's own page. Use `async with`. Conforms to `domain.payments.Gateway`.

    `webhook_secrets` are all that callbacks may be signed with: two, while one replaces the other. `account` is the
    connected account whose events are ours. `api_base` is Stripe's own address unless a proxy stands before it;
    `origins` are those of the pages buyers are sent to. `connections` are shared with other gateways, and closed by
    whoever made them.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secrets: Sequence[str],
        account: str | None = None,
        api_base: str | None = None,
        origins: Sequence[str] = (CHECKOUT_ORIGIN,),
        connections: stripe.AIOHTTPClient | None = None,
    ) -> None:
        self._webhook_secrets = tuple(webhook_secrets)
        self._live = mode_of(secret_key)
        self._account = account
        self._origins = tuple(origins)
        self._http = connections or new_connections()
        self._shared = connections is not None
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=RETRIES_MAX,
            http_client=self._http,
        ).v1
        self._used = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._used and not self._shared:  # the library opens a session only to close it otherwise
            await self._http.close_async()  # type: ignore[no-untyped-call]  # the library gives it no types

    def __repr__(self) -> str:
        return "StripeGateway(…)"

    @property
    def name(self) -> str:
        """Return `stripe`."""
        return STRIPE

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins of Stripe's pages."""
        return self._origins

    def collects(self, amount: Money) -> bool:
        """Return whether Stripe can express that amount, and it is not too small for a card."""
        return bool(to_stripe(amount)) and self.least(amount.currency) <= amount

    def least(self, currency: Currency) -> Money:
        """Return the least amount of a card payment in that currency, zero where Stripe names none."""
        return least_amount(currency)

    async def start(self, request: PaymentRequest, *, now: datetime) -> PaymentStarted:
        """Open a Checkout Session.

        Raises:
            PaymentRefused: Stripe will not collect this.
            GatewayUnavailable: it does not answer.
        """
        del now
        metadata = {MERCHANT: str(request.merchant_id), CHECKOUT: str(request.checkout_id)}
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": _line_items(request),
            "success_url": request.return_url,
            "cancel_url": request.cancel_url,
            "client_reference_id": str(request.checkout_id),
            "locale": request.language.partition("-")[0] or "auto",
            "expires_at": int(request.expires_at.timestamp()),
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
        }
        if request.buyer_email:
            params["customer_email"] = request.buyer_email
        async with self._asking("start"):
            session = await self._client.checkout.sessions.create_async(
                params=params,  # type: ignore[arg-type]  # built up piece by piece; the stand-in checks its shape
                options={"idempotency_key": request.idempotency_key},
            )
        self._check_mode(session, "start")
        if not session.url:
            raise PaymentRefused
        expires_at = datetime.fromtimestamp(session.expires_at, UTC)
        return PaymentStarted(reference=session.id, redirect_url=session.url, expires_at=expires_at)

    async def look_up(self, reference: str, *, now: datetime) -> Notice | None:
        """Return how a session stands, None while the buyer is still at it.

        Raises:
            PaymentNotFound: Stripe knows no session of that id.
            GatewayUnavailable: it does not answer.
        """
        del now
        async with self._asking("look_up"):
            session = await self._client.checkout.sessions.retrieve_async(
                reference, params={"expand": ["payment_intent"]}
            )
        self._check_mode(session, "look_up")
        kind = session_kind(session.status, session.payment_status)
        if kind is NoticeKind.PENDING and getattr(session.payment_intent, "status", None) in _FELL_THROUGH:
            kind = NoticeKind.FAILED
        if kind is None:
            return None
        metadata = dict(session.metadata.to_dict()) if session.metadata else {}
        amount = from_stripe(session.amount_total or 0, session.currency or "")
        return Notice(
            notice_id=f"{reference}:{kind}",
            kind=kind,
            reference=reference,
            intent=intent_of(session.payment_intent),
            merchant_id=uuid_of(metadata, MERCHANT),
            checkout_id=uuid_of(metadata, CHECKOUT),
            currency=amount.currency.code,
            amount=amount.minor,
        )

    async def give_up(self, reference: str, *, now: datetime) -> None:
        """Expire a session; one that is over already stays as it is.

        Raises:
            GatewayUnavailable: Stripe does not answer.
        """
        del now
        try:
            async with self._asking("give_up"):
                await self._client.checkout.sessions.expire_async(reference)
        except (PaymentRefused, PaymentNotFound):
            return

    async def refunds_of(self, payment: Payment, *, now: datetime) -> tuple[RefundMade, ...] | None:
        """Return every refund of a payment as it stands.

        Raises:
            PaymentNotFound: Stripe knows no such payment.
            GatewayUnavailable: it does not answer.
        """
        intent = payment.intent or await self._intent_of(payment.reference, now=now)
        async with self._asking("refunds_of"):
            found = await self._client.refunds.list_async({"payment_intent": intent, "limit": REFUNDS_MAX})
        return tuple(_refund_made(one) for one in found.data)

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Pay all or part of a payment back.

        Raises:
            PaymentRefused: Stripe will not pay this back.
            GatewayUnavailable: it does not answer.
        """
        intent = request.intent or await self._intent_of(request.reference, now=now)
        amount = to_stripe(request.amount)
        if amount is None:
            raise PaymentRefused("Stripe cannot pay back this exact amount. Hand it back yourself, and confirm it.")
        async with self._asking("refund"):
            made = await self._client.refunds.create_async(
                {"payment_intent": intent, "amount": amount, "metadata": {REFUND: str(request.refund_id)}},
                {"idempotency_key": request.idempotency_key},
            )
        return _refund_made(made)

    def read_callback(self, callback: Callback, *, now: datetime) -> tuple[Notice, ...]:
        """Return what a callback tells.

        Raises:
            CallbackForged: none of our secrets signed it, or too long ago, or it is not what Stripe sends.
            CallbackOtherMode: it is of the other mode than our key.
            CallbackOtherAccount: it is of another account than the one that is expected.
            NoticeRefused: it names an amount beyond all that is counted.
        """
        del now  # Stripe's library reads the clock itself
        if not any(self._signed(callback, secret) for secret in self._webhook_secrets):
            raise CallbackForged
        try:
            event = msgspec.json.decode(callback.body, type=StripeEvent)
        except msgspec.DecodeError as error:
            raise CallbackForged("This is signed, but it is not an event that can be read.") from error
        if self._live is not None and event.modes != {self._live}:
            raise CallbackOtherMode
        if event.account not in (None, self._account):
            raise CallbackOtherAccount
        return notices_of(event)

    def _signed(self, callback: Callback, secret: str) -> bool:
        header = callback.headers.get("stripe-signature", "")
        if not header.isascii() or len(header) > SIGNATURE_LENGTH_MAX:
            return False
        try:
            return bool(stripe.WebhookSignature.verify_header(callback.body, header, secret, tolerance=TOLERANCE_S))
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            return False

    def _check_mode(self, session: stripe.checkout.Session, asked: str) -> None:
        """Refuse a session of the other mode than our key, which a proxy in between may answer with."""
        live = getattr(session, "livemode", None)
        if self._live is not None and live is not None and live is not self._live:
            _log.error("stripe_other_mode", asked=asked, error_code=GatewayOtherMode.code)
            raise GatewayOtherMode

    async def _intent_of(self, reference: str, *, now: datetime) -> str:
        notice = await self.look_up(reference, now=now)
        if notice is None or notice.intent is None:
            raise PaymentNotFound
        return notice.intent

    @asynccontextmanager
    async def _asking(self, what: str) -> AsyncIterator[None]:
        """Turn what Stripe's library raises into what a gateway may raise."""
        self._used = True
        try:
            yield
        except stripe.InvalidRequestError as error:
            _log.warning("stripe_refused", asked=what, stripe_code=error.code, param=error.param)
            raise _REFUSALS.get(error.code or "", PaymentRefused) from None
        except (stripe.CardError, stripe.IdempotencyError) as error:
            _log.warning("stripe_refused", asked=what, stripe_code=error.code)
            raise PaymentRefused from None
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            # The operator has to mend it; the payment can be made afterwards.
            _log.error("stripe_key_refused", asked=what, stripe_code=error.code)
            raise GatewayUnavailable from None
        except (stripe.StripeError, aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("stripe_unavailable", asked=what, fault=type(error).__name__)
            raise GatewayUnavailable from None


def new_connections() -> stripe.AIOHTTPClient:
    """Return what asks Stripe; its time limits are those of every request."""
    timeout = aiohttp.ClientTimeout(total=limit(TOTAL_TIMEOUT_S), sock_connect=limit(CONNECT_TIMEOUT_S))
    return stripe.AIOHTTPClient(timeout=timeout)


def mode_of(secret_key: str) -> bool | None:
    """Return whether a key of Stripe's takes real money, None where its form does not tell."""
    kind = secret_key.split("_", 2)
    return {"live": True, "test": False}.get(kind[1]) if len(kind) == 3 else None


def _line_items(request: PaymentRequest) -> list[dict[str, Any]]:
    """Return what stands on Stripe's page: a line for each gift where Stripe can say each amount, else one for all."""
    amounts = [to_stripe(line.amount) for line in request.lines]
    whole = to_stripe(request.amount)
    if whole is None:
        raise PaymentRefused
    lines = [(line.description, amount) for line, amount in zip(request.lines, amounts, strict=True) if amount]
    if None in amounts or sum(amount for _, amount in lines) != whole:
        more = f" + {len(request.lines) - 1}" if len(request.lines) > 1 else ""
        lines = [(f"{request.lines[0].description}{more}" if request.lines else str(request.checkout_id), whole)]
    return [
        {
            "quantity": 1,
            "price_data": {
                "currency": request.amount.currency.code.lower(),
                "unit_amount": amount,
                "product_data": {"name": name[:_NAME_MAX]},
            },
        }
        for name, amount in lines
    ]


def _refund_made(made: stripe.Refund) -> RefundMade:
    metadata = made.metadata.to_dict() if made.metadata else {}
    return RefundMade(
        reference=made.id,
        status=_REFUND_STATUS.get(made.status or "", RefundStatus.SENT),
        amount=from_stripe(made.amount, made.currency),
        refund_id=uuid_of(metadata, REFUND),
        fault=getattr(made, "failure_reason", None),
    )
