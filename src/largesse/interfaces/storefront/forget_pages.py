"""Forget what was put together, for whoever leaves a computer to others."""

from collections.abc import Sequence

from litestar import Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.drafts import Content
from largesse.interfaces.storefront.forms import BODY_BYTES_MAX
from largesse.interfaces.storefront.front_pages import FORGOTTEN
from largesse.interfaces.storefront.storefront import Storefront
from largesse.services.checkout import change_draft
from largesse.web.client import client_in
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other
from largesse.web.session_cookie import ended_session, known_session


def forget_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the route that forgets a basket."""

    @post("/{slug:str}/forget", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def forget(slug: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Empty the draft, and take its token out of the browser. What was paid for is no draft, and stays."""
        shop = await front.shop(slug)
        try:
            front.limits.gifts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return front.busy(request, refused, shop)
        fields, token = await read_form(request), known_session(request)
        if token is None or not front.is_own(request, fields, shop):
            return see_other(f"{shop.path}/checkout")
        await change_draft(front.deps, shop.merchant, token, lambda _: Content(), now=front.deps.clock.now())
        https = front.templates.https
        answer = see_other(f"{shop.path}?{FORGOTTEN}=1", cookies=[ended_session(shop.path, https=https)])
        if https:  # browsers take it from nobody else
            answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    return [forget]
