"""`/gifts/reminders?token=…`: where whoever was reminded of a certificate ends that, for good.

The POST needs nothing but the address itself, for mail programs send it by themselves (RFC 8058); a GET, which programs
that look through mails send as well, only asks.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain import merchants
from largesse.domain.merchants import Merchant
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import brand_of
from largesse.interfaces.storefront.limits import GuessLimit, links
from largesse.kernel.errors import NotFound
from largesse.services.gifts import REMINDERS_PATH, LinkRefused, dress_of, read_refusal, refuse
from largesse.ui import DEFAULT_BRAND, Brand, Templates
from largesse.web.errors import TooManyRequests
from largesse.web.pages import page
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after

BODY_BYTES_MAX: Final = 4096
_UNLISTED: Final = {"X-Robots-Tag": "noindex, nofollow"}


class ReminderPages:
    """Answer whoever holds the link of a reminder."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, guesses: GuessLimit) -> None:
        self._deps = deps
        self._templates = templates
        self._guesses = guesses

    async def answer(self, request: AnyRequest, *, ends: bool) -> Response[str]:
        """Ask whether reminders shall end, or end them."""
        token = request.query_params.get("token", "")
        try:
            async with self._guesses.attempt(request) as attempt:
                try:
                    link = read_refusal(self._deps.keyring, token)
                    async with self._deps.database.connection() as connection:
                        merchant = await merchants.merchant_of_id(connection, link.merchant_id)
                except (LinkRefused, NotFound):
                    attempt.miss()
                    return self._page(request, {"state": "refused"}, status=404)
        except TooManyRequests as refused:
            headers = retry_after(refused.retry_after_s)
            return self._page(request, {"state": "wait"}, status=429, headers=headers)
        if ends:
            await refuse(self._deps, link, now=self._deps.clock.now())
        values = {
            "state": "ended" if ends else "ask",
            "merchant": merchant.name,
            "here": f"{REMINDERS_PATH}?token={token}",
        }
        return self._page(
            request,
            values,
            merchant=merchant,
            brand=brand_of(merchant, await dress_of(self._deps, merchant, now=self._deps.clock.now())),
        )

    def _page(
        self,
        request: AnyRequest,
        values: Mapping[str, object],
        *,
        merchant: Merchant | None = None,
        brand: Brand = DEFAULT_BRAND,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        return page(
            self._templates,
            "storefront/reminders.html",
            request,
            values,
            brand=brand,
            demo=merchant is not None and merchant.is_demo,
            status_code=status,
            headers=_UNLISTED | dict(headers or {}),
        )


def reminder_routes(
    deps: StorefrontDependencies, templates: Templates, *, guesses: GuessLimit | None = None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes by which reminders are ended."""
    pages = ReminderPages(deps, templates, guesses or links(deps))

    @get(REMINDERS_PATH, include_in_schema=False)
    async def ask(request: AnyRequest) -> Response[str]:
        return await pages.answer(request, ends=False)

    @post(REMINDERS_PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def end(request: AnyRequest) -> Response[str]:
        return await pages.answer(request, ends=True)

    return [ask, end]
