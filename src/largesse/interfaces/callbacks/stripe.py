"""`/callbacks/stripe`: what Stripe tells us of payments.

The signature is over the raw body, so the body is taken as it came. The answer is 2xx only after what was told is
written down: until then Stripe calls again. A callback that Stripe did not sign is told nothing more than that.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler

from largesse.domain.payments import Callback, CallbackForged, CallbackOtherAccount, CallbackOtherMode
from largesse.interfaces.callbacks.dependencies import CallbackDependencies
from largesse.services import payments
from largesse.web.client import client_in

PATH = "/callbacks/stripe"
GATEWAY = "stripe"
BODY_BYTES_MAX = 512 * 1024

_log = structlog.get_logger()


def stripe_routes(deps: CallbackDependencies) -> Sequence[ControllerRouterHandler]:
    """Return the route that Stripe calls; where Stripe is not connected it answers as if nothing were there."""

    @post(
        PATH,
        include_in_schema=False,
        request_max_body_size=BODY_BYTES_MAX,
        status_code=HTTPStatus.OK,
        exclude_from_csrf=True,
    )
    async def called(request: Request[Any, Any, Any]) -> Response[bytes]:
        callback = Callback(headers=dict(request.headers.items()), body=await request.body())
        try:
            await payments.receive(deps, GATEWAY, callback, now=deps.clock.now())
        except CallbackForged as error:
            address = client_in(request.scope).address
            # One that is signed has come from Stripe: the operator has connected the wrong endpoint, and has to know.
            level = logging.ERROR if isinstance(error, CallbackOtherMode | CallbackOtherAccount) else logging.WARNING
            _log.log(level, "callback_refused", gateway=GATEWAY, error_code=error.code, address=address)
            return _answer(HTTPStatus.BAD_REQUEST, error.message)
        return _answer(HTTPStatus.OK, "Received.")

    return [called]


def _answer(status: HTTPStatus, sentence: str) -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(
        f"{sentence}\n".encode(), status_code=status, media_type="text/plain; charset=utf-8", headers=headers
    )
