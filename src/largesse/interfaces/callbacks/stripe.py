"""`/callbacks/stripe`, and one such address for each account of a merchant: what Stripe tells us of payments.

The signature is over the raw body, so the body is taken as it came. The answer is 2xx only after what was told is
written down: until then Stripe calls again. A callback that Stripe did not sign is told nothing more than that.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from litestar import Request, Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.merchants import merchant_of_prefix
from largesse.domain.payment_accounts import PaymentAccountNotFound
from largesse.domain.payments import (
    AccountRef,
    Callback,
    CallbackForged,
    CallbackOtherAccount,
    CallbackOtherMode,
    NoticeRefused,
)
from largesse.interfaces.callbacks.dependencies import CallbackDependencies
from largesse.kernel.numbers import fold_prefix
from largesse.services import payments
from largesse.web.client import client_in

PATH = "/callbacks/stripe"
GATEWAY = "stripe"
BODY_BYTES_MAX = 512 * 1024
PREFIX_LENGTH_MAX = 4

_log = structlog.get_logger()


class StripeCallbacks:
    """Take what Stripe posts."""

    def __init__(self, deps: CallbackDependencies) -> None:
        self._deps = deps

    async def of_installation(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """Take what the installation's own account tells; without one it answers as if nothing were there."""
        callback = await _callback_in(request)
        try:
            await payments.receive(self._deps, GATEWAY, callback, now=self._deps.clock.now())
        except (CallbackForged, NoticeRefused) as error:
            return _refused(request, error)
        return _answer(HTTPStatus.OK, "Received.")

    async def of_account(self, prefix: str, account_id: UUID, request: Request[Any, Any, Any]) -> Response[bytes]:
        """Take what an account of a merchant tells; where there is no such account it answers as if nothing were there.

        Raises:
            PaymentAccountNotFound: there is none.
        """
        callback = await _callback_in(request)
        if "stripe-signature" not in callback.headers:
            return _refused(request, CallbackForged())
        async with self._deps.database.connection() as connection:
            merchant = await merchant_of_prefix(connection, fold_prefix(prefix[:PREFIX_LENGTH_MAX]))
        if merchant is None:
            raise PaymentAccountNotFound
        account = AccountRef(merchant_id=merchant.merchant_id, gateway=GATEWAY, account_id=account_id)
        try:
            await payments.receive_of(self._deps, account, callback, now=self._deps.clock.now())
        except (CallbackForged, NoticeRefused) as error:
            return _refused(request, error, merchant=merchant.slug, account_id=str(account_id))
        return _answer(HTTPStatus.OK, "Received.")


def stripe_routes(deps: CallbackDependencies) -> Sequence[ControllerRouterHandler]:
    """Return the routes that Stripe calls."""
    callbacks = StripeCallbacks(deps)

    @post(
        PATH,
        include_in_schema=False,
        request_max_body_size=BODY_BYTES_MAX,
        status_code=HTTPStatus.OK,
        exclude_from_csrf=True,
    )
    async def of_installation(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await callbacks.of_installation(request)

    @post(
        f"{PATH}/{{prefix:str}}/{{account_id:uuid}}",
        include_in_schema=False,
        request_max_body_size=BODY_BYTES_MAX,
        status_code=HTTPStatus.OK,
        exclude_from_csrf=True,
    )
    async def of_account(
        prefix: FromPath[str], account_id: FromPath[UUID], request: Request[Any, Any, Any]
    ) -> Response[bytes]:
        return await callbacks.of_account(prefix, account_id, request)

    return [of_installation, of_account]


async def _callback_in(request: Request[Any, Any, Any]) -> Callback:
    return Callback(headers=dict(request.headers.items()), body=await request.body())


def _refused(request: Request[Any, Any, Any], error: CallbackForged | NoticeRefused, **named: str) -> Response[bytes]:
    address = client_in(request.scope).address
    # One that is signed has come from Stripe: the operator has connected the wrong endpoint, or has to look there.
    signed = isinstance(error, CallbackOtherMode | CallbackOtherAccount | NoticeRefused)
    level = logging.ERROR if signed else logging.WARNING
    _log.log(level, "callback_refused", gateway=GATEWAY, error_code=error.code, address=address, **named)
    return _answer(HTTPStatus.BAD_REQUEST, error.message)


def _answer(status: HTTPStatus, sentence: str) -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(
        f"{sentence}\n".encode(), status_code=status, media_type="text/plain; charset=utf-8", headers=headers
    )
