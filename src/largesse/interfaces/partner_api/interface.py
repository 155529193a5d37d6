"""What this interface does for each of its addresses, and how it refuses."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from largesse.domain.certificates import CertificateUnknown
from largesse.domain.invoices import billing_of, open_invoices
from largesse.domain.partners import AccessDenied, OrderInvalid
from largesse.interfaces.partner_api.answers import (
    detail_answer,
    error_answer,
    invoices_answer,
    order_answer,
    token_answer,
)
from largesse.interfaces.partner_api.call import Call, Object, unwrapped
from largesse.interfaces.partner_api.dependencies import PartnerApiDependencies
from largesse.interfaces.partner_api.errors import InFlight
from largesse.interfaces.partner_api.order_form import in_source_terms, request_of
from largesse.interfaces.partner_api.sign_in import SignIn
from largesse.kernel.errors import LargesseError, Unauthenticated, Unavailable
from largesse.services.certificates import locate
from largesse.services.partners import (
    Admission,
    Admitted,
    OrderRequest,
    PlacedOnAccount,
    order_on_account,
    try_order,
)
from largesse.web.errors import BodyEncoded, HttpsRequired, MethodRefused
from largesse.web.negotiation import Answer
from largesse.web.statuses import status_of
from largesse.wire.plain import Plain

# The elements that the source's messages stand in.
GIFT_CERTIFICATE = "giftCertificate"
AUTH_REQUEST = "auth_request"

_CHALLENGE = 'AccessToken realm="largesse"'
_log = structlog.get_logger()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, ready to be sent."""

    status: int = 200
    content_type: str
    body: bytes
    headers: dict[str, str] = {}


Verb = Callable[[Call], Awaitable[Reply]]


class PartnerInterface:
    """Serve partners: tokens, orders, details and invoices, in XML and JSON."""

    def __init__(self, deps: PartnerApiDependencies) -> None:
        self._deps = deps
        self._admission = Admission(deps.database)
        self._sign_in = SignIn(deps)
        self._in_flight: set[tuple[UUID, UUID, str]] = set()

    async def serve(self, call: Call, verb: Verb) -> Reply:
        """Return what `verb` answers, or how it refuses; never raises for anything a caller can send."""
        try:
            self._refuse_plain_http(call)
            return await verb(call)
        except LargesseError as error:
            return refusal(call.preferred(), error)
        except Exception as fault:  # noqa: BLE001 - a fault of ours is answered in this interface's own words, too
            _log.error("partner_api.failed", exc_info=fault)
            return refusal(call.preferred(), LargesseError())

    def _refuse_plain_http(self, call: Call) -> None:
        """Refuse what a proxy of ours took over plain http, where the public is told https.

        Raises:
            HttpsRequired: it did.
        """
        client = call.client
        if client.scheme_told and client.scheme == "http" and self._deps.base_url.startswith("https:"):
            raise HttpsRequired

    async def token(self, call: Call) -> Reply:
        """Give a token for an e-mail address, a password and an API key."""
        answer = call.answer()
        body = await call.read()
        email, password = _user(unwrapped(body, AUTH_REQUEST))
        key = call.api_key(body, wrapper=AUTH_REQUEST)
        token = await self._sign_in.token(call.client, key, email=email, password=password)
        return _reply(answer, token_answer(token))

    async def order(self, call: Call) -> Reply:
        """Issue a certificate on account; with `is_test`, only say what would come of it."""
        answer = call.answer()
        body = await call.read()
        key, token = call.credentials(body, wrapper=GIFT_CERTIFICATE)
        now = self._deps.clock.now()
        admitted = await self._admission.admit(key, token, now=now)
        is_test = call.is_test()
        given = unwrapped(body, GIFT_CERTIFICATE)
        request = request_of(admitted, given, key=call.idempotency_key(), now=now)
        try:
            if is_test:
                placed = await try_order(self._deps, admitted, request, now=now)
            else:
                placed = await self._order_once(admitted, request, now)
        except OrderInvalid as error:
            raise in_source_terms(error) from error
        headers = {"Idempotent-Replayed": "true"} if placed.replayed else {}
        return _reply(answer, order_answer(placed, admitted.merchant, base_url=self._deps.base_url), headers)

    async def detail(self, call: Call) -> Reply:
        """Return what a certificate is worth. Whoever knows a number of this merchant's may ask (decision 0024)."""
        answer, number = call.answer(), call.number
        key, token = call.credentials()
        now = self._deps.clock.now()
        admitted = await self._admission.admit(key, token, now=now)
        located = await locate(self._deps, number, at=admitted.merchant)
        if located.merchant.merchant_id != admitted.merchant.merchant_id:
            raise CertificateUnknown
        return _reply(answer, detail_answer(located, number, now=now))

    async def invoices(self, call: Call) -> Reply:
        """Return the partner's invoices that are not reconciled: of which something is open, the first due first."""
        answer = call.answer()
        key, token = call.credentials()
        admitted = await self._admission.admit(key, token, now=self._deps.clock.now())
        access = admitted.access
        async with self._deps.database.connection() as connection:
            found = await open_invoices(connection, access.merchant_id, access.partner_id)
            details = await billing_of(connection, access.merchant_id, access.partner_id)
        email = details.email or access.partner.contact_email
        return _reply(answer, invoices_answer(found, admitted.merchant, email=email))

    async def _order_once(self, admitted: Admitted, request: OrderRequest, now: datetime) -> PlacedOnAccount:
        """Return what an order became; the same Idempotency-Key is worked on once at a time."""
        if request.idempotency_key is None:
            return await order_on_account(self._deps, admitted, request, now=now)
        name = (admitted.access.merchant_id, admitted.access.partner_id, request.idempotency_key)
        if name in self._in_flight:
            raise InFlight
        self._in_flight.add(name)
        try:
            return await order_on_account(self._deps, admitted, request, now=now)
        finally:
            self._in_flight.discard(name)


def refusal(answer: Answer, error: LargesseError) -> Reply:
    """Return how an error is answered."""
    status = status_of(type(error))
    headers: dict[str, str] = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = _CHALLENGE
    elif isinstance(error, BodyEncoded):
        headers["Accept-Encoding"] = "identity"
    elif isinstance(error, MethodRefused):
        headers["Allow"] = error.allow
    return _reply(answer, error_answer(error, status), headers, status=status)


def _reply(answer: Answer, value: Plain, headers: dict[str, str] | None = None, *, status: int = 200) -> Reply:
    return Reply(
        status=status,
        content_type=answer.content_type,
        body=answer.codec.write(value),
        # An answer holds a token or a certificate number; nobody on the way may keep it.
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _user(request: Object) -> tuple[str, str]:
    user = request.get("user")
    if not isinstance(user, Mapping):
        raise AccessDenied
    email, password = user.get("email"), user.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        raise AccessDenied
    return email, password
