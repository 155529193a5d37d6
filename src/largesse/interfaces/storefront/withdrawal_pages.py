"""`/{slug}/withdraw`: where a buyer withdraws from the contract, without signing in: a form, then one button.

Whoever declares it is answered with the same page after the same while, whether it counts or not: recipients know the
order number, and strangers guess. There is no question why, and nothing to be ticked.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.law import money_back_by
from largesse.domain.orders import Order
from largesse.domain.withdrawals import (
    EMAIL_MAX,
    NAME_MAX,
    NUMBER_MAX,
    InvalidWithdrawal,
    WithdrawalForm,
    WithdrawalLinkRefused,
    tidied,
)
from largesse.interfaces.storefront.limits import DAY
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront, not_ours, note_forged
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import NotFound
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.services.withdrawals import (
    WITHDRAWAL_PATH,
    Withdrawable,
    WithdrawalLink,
    read_link,
    receive,
    withdrawable_of,
)
from largesse.ui import Voice
from largesse.web.client import client_in
from largesse.web.csrf import comes_from_here
from largesse.web.errors import TooManyRequests
from largesse.web.forms import an_id, read_form
from largesse.web.request import AnyRequest
from largesse.web.shared_limits import SharedLimit

BODY_BYTES_MAX: Final = 16 * 1024
CONFIRM: Final = "confirm"
CHANGE: Final = "change"
_ACTOR: Final = "buyer"
_UNLISTED: Final = {"X-Robots-Tag": "noindex"}
_MAX: Final = {"name": NAME_MAX, "order_number": NUMBER_MAX, "email": EMAIL_MAX}
_NOTHING: Final = WithdrawalForm(name="", order_number="", email="")

Fields = Mapping[str, str]


class WithdrawalPages:
    """Answer who withdraws."""

    def __init__(self, front: Storefront) -> None:
        limits = front.limits
        self._front = front
        self._deps = front.deps
        self._declared = SharedLimit(self._deps, "withdrawal", most=limits.withdrawals_a_day, within=DAY)
        self._mails = SharedLimit(self._deps, "withdrawal_mail", most=limits.withdrawal_mails_a_day, within=DAY)

    async def show(self, shop: Shop, request: AnyRequest) -> Response[str]:
        """Return the form; who comes by the link of a receipt finds it filled in."""
        if not shop.withdraws:
            return self._gone(shop, request)
        token = request.query_params.get("token", "")
        try:
            bought = await self._bought(shop, request, token)
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        form = _NOTHING
        if bought is not None:
            billing = bought.checkout.billing
            form = WithdrawalForm(
                name=f"{billing.first_name} {billing.last_name}".strip(),
                order_number=bought.orders[0].order_number if bought.orders else "",
                email=billing.email,
            )
        return self._form(shop, request, form, token=token, bought=bought)

    async def send(self, shop: Shop, request: AnyRequest, fields: Fields) -> Response[str]:
        """Ask whether what was typed is right, or take it in once it was said to be."""
        if not shop.withdraws:
            return self._gone(shop, request)
        voice, token = self._front.voice(request, shop), fields.get("token", "")
        typed = WithdrawalForm(
            **{name: fields.get(name, "")[: most + 1] for name, most in _MAX.items()}, language=voice.language
        )
        step = fields.get("step", "")
        try:
            bought = await self._bought(shop, request, token)
            if not comes_from_here(request):
                note_forged(shop, "withdrawal")
                return self._form(shop, request, typed, token=token, bought=bought, error=not_ours(voice), status=403)
            if step == CHANGE:
                return self._form(shop, request, typed, token=token, bought=bought)
            try:
                wanted = tidied(typed)
            except InvalidWithdrawal as wrong:
                faults = {one.field: _sentence(one.field, voice) for one in wrong.fields}
                return self._form(shop, request, typed, token=token, bought=bought, faults=faults, status=422)
            if step != CONFIRM:
                return self._question(shop, request, wanted, token=token)
            return await self._take_in(shop, request, wanted, token=token, operation=fields.get("operation", ""))
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)

    async def _take_in(
        self, shop: Shop, request: AnyRequest, wanted: WithdrawalForm, *, token: str, operation: str
    ) -> Response[str]:
        """Take a declaration in, and answer after the same while for all.

        Raises:
            TooManyRequests: more came from there today than any buyer has orders.
        """
        now, network = self._deps.clock.now(), client_in(request.scope).network
        await self._declared.take(network)
        may_mail = True
        try:
            await self._mails.take(network)
        except TooManyRequests:
            may_mail = False
        taking = receive(
            self._deps,
            shop.merchant,
            wanted,
            link=self._link(shop, token),
            operation_id=an_id(operation) or new_id(now),
            may_mail=may_mail,
            actor=_ACTOR,
            now=now,
        )
        await asyncio.gather(taking, asyncio.sleep(self._front.limits.withdrawals_answered_after_s))
        voice, zone = self._front.voice(request, shop), shop.merchant.zone
        values = {
            "typed": wanted,
            "at": voice.moment(now, zone=zone),
            "back_by": voice.long_day(money_back_by(day_of(now, in_zone=zone))),
            "again": f"{self._path(shop)}?token={token}" if token else self._path(shop),
            "contact": shop.merchant.reply_address,
            "merchant": shop.merchant.name,
        }
        return self._page("withdrawn.html", shop, request, values, token=token)

    async def _bought(self, shop: Shop, request: AnyRequest, token: str) -> Withdrawable | None:
        """Return what the link in an address is for; None without one, or where it is none of this shop's.

        Raises:
            TooManyRequests: there were too many that are not ours.
        """
        if not token:
            return None
        async with self._front.links.attempt(request) as attempt:
            link = self._link(shop, token)
            if link is None:
                attempt.miss()
                note_forged(shop, "link")
                return None
        try:
            async with self._deps.database.connection() as connection:
                return await withdrawable_of(connection, shop.merchant, link.checkout_id, now=self._deps.clock.now())
        except NotFound:
            return None

    def _link(self, shop: Shop, token: str) -> WithdrawalLink | None:
        """Return what a token stands for; None where it is none of this shop's: the form works without one."""
        try:
            link = read_link(self._deps.keyring, token)
        except WithdrawalLinkRefused:
            return None
        return link if link.merchant_id == shop.merchant.merchant_id else None

    def _form(
        self,
        shop: Shop,
        request: AnyRequest,
        typed: WithdrawalForm,
        *,
        token: str,
        bought: Withdrawable | None,
        faults: Mapping[str, str] | None = None,
        error: str = "",
        status: int = 200,
    ) -> Response[str]:
        voice, found = self._front.voice(request, shop), bought.orders if bought is not None else ()
        said = faults or {}
        values = {
            "typed": typed,
            "wrong": defaultdict(str, said),
            "errors": list(said.items()),
            "error": error,
            "orders": [(one.order_number, _title(one, voice)) for one in found] if len(found) > 1 else [],
            "limits": _MAX,
            "contact": shop.merchant.reply_address,
            "merchant": shop.merchant.name,
        }
        return self._page("withdraw.html", shop, request, values, token=token, status=status)

    def _question(self, shop: Shop, request: AnyRequest, typed: WithdrawalForm, *, token: str) -> Response[str]:
        operation = new_id(self._deps.clock.now())
        values = {"typed": typed, "operation": str(operation), "merchant": shop.merchant.name}
        return self._page("withdraw_confirm.html", shop, request, values, token=token)

    def _gone(self, shop: Shop, request: AnyRequest) -> Response[str]:
        return self._front.page("gone.html", request, {}, shop=shop, status=404, here=shop.path)

    def _page(
        self,
        template: str,
        shop: Shop,
        request: AnyRequest,
        values: Mapping[str, object],
        *,
        token: str,
        status: int = 200,
    ) -> Response[str]:
        path = self._path(shop)
        return self._front.page(
            template,
            request,
            {"path": path, "token": token, **values},
            shop=shop,
            status=status,
            here=f"{path}?token={token}" if token else path,
            headers=_UNLISTED,
        )

    def _path(self, shop: Shop) -> str:
        return f"{shop.path}/{WITHDRAWAL_PATH}"


def withdrawal_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes by which buyers withdraw."""
    pages = WithdrawalPages(front)
    path = f"/{{slug:str}}/{WITHDRAWAL_PATH}"

    @get(path, include_in_schema=False)
    async def withdrawal_form(slug: FromPath[str], request: AnyRequest) -> Response[str]:
        return await pages.show(await front.shop(slug), request)

    @post(path, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def withdraw(slug: FromPath[str], request: AnyRequest) -> Response[str]:
        return await pages.send(await front.shop(slug), request, await read_form(request))

    return [withdrawal_form, withdraw]


def _title(order: Order, voice: Voice) -> str:
    amount = voice.money(Money(order.amount, currency(order.currency)))
    return " · ".join(filter(None, [order.order_number, order.description, amount]))


def _sentence(field: str, voice: Voice) -> str:
    return {
        "name": voice.t("Type your name in letters."),
        "order_number": voice.t("Type the order number. It stands on your receipt."),
        "email": voice.t("Type the e-mail address that you ordered with, like name@example.com."),
    }[field]
