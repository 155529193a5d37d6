"""`/gifts/given/change`: where a buyer changes a gift that waits for its day, by the link in the receipt."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain.drafts import typed_max
from largesse.domain.gifts import GiftLeft
from largesse.domain.orders import OrderNotIssued
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.forms import BODY_BYTES_MAX, form_name
from largesse.interfaces.storefront.gift_view import design_name
from largesse.interfaces.storefront.given_pages import CHANGE_PATH, GivenPages
from largesse.interfaces.storefront.limits import links
from largesse.interfaces.storefront.previews import design_url
from largesse.interfaces.storefront.wording import sentences
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.errors import NotFound
from largesse.services.checkout import HOURS, Fault, Planned, PlannedText, change_planned, email_doubts, planned_gift
from largesse.services.gifts import GOOD_FOR, PATH, GiftTakenBack, link_to_gifts
from largesse.ui import Templates, Voice
from largesse.web.csrf import comes_from_here
from largesse.web.forms import an_id, read_form
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other


class PlannedPages:
    """Answer who changes a planned gift; `given` answers whatever is not about that."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, given: GivenPages) -> None:
        self._deps = deps
        self._templates = templates
        self._given = given

    async def answer(self, request: AnyRequest, fields: Mapping[str, str]) -> Response[str] | Response[bytes]:
        """Show the form, or take it where it was posted, and lead back to the gifts."""
        is_posted = request.method == "POST"
        token = (fields if is_posted else request.query_params).get("token", "")
        order_id = an_id((fields if is_posted else request.query_params).get("order", ""))
        link = await self._given.link(token, request)
        if isinstance(link, Response):
            return link
        if order_id is None or (is_posted and not comes_from_here(request)):
            return self._given.refused(request)
        now = self._deps.clock.now()
        try:
            if not is_posted:
                planned = await planned_gift(self._deps, link, order_id, now=now)
                return await self._form(request, token, planned, _as_it_is(planned), sure=planned.gift.recipient_email)
            text, sure = _typed(fields), fields.get("email_sure", "")
            if doubts := email_doubts("email", text.email, sure=sure):
                planned = await planned_gift(self._deps, link, order_id, now=now)
                return await self._form(request, token, planned, text, faults=doubts, sure=text.email)
            done = await change_planned(self._deps, link, order_id, text, now=now)
            if isinstance(done, tuple):
                planned = await planned_gift(self._deps, link, order_id, now=now)
                return await self._form(request, token, planned, text, faults=done, sure=sure)
        except (GiftLeft, GiftTakenBack, OrderNotIssued) as refused:
            problem = "left" if isinstance(refused, GiftLeft) else "gone"
            return await self._given.gifts(link, token, request, problem=problem, status=409)
        except NotFound:
            return self._given.refused(request)
        if done.due_at is not None and done.due_at + GOOD_FOR > link.ends_at:  # a later day takes a link that lasts
            lasting = link_to_gifts(self._deps, link.merchant_id, link.checkout_id, due=[done.due_at], now=now)
            token = lasting.partition("token=")[2]
        return see_other(f"{PATH}?token={token}&done={'changed' if done.mail_id is None else 'sent'}")

    async def _form(
        self,
        request: AnyRequest,
        token: str,
        planned: Planned,
        typed: PlannedText,
        *,
        faults: tuple[Fault, ...] = (),
        sure: str,
    ) -> Response[str]:
        order, merchant = planned.order, planned.merchant
        voice = self._templates.voice(visit_of(request), merchant.english)
        brand = await self._given.brand(merchant)
        said = {form_name(field): words for field, words in sentences(voice, faults).items()}
        one = f"?token={token}&order={order.order_id}"
        values: dict[str, object] = {
            "path": CHANGE_PATH,
            "token": token,
            "order": str(order.order_id),
            "title": order.description or voice.t("Gift certificate"),
            "typed": typed,
            "email_sure": sure,
            "wrong": defaultdict(str, said),
            "errors": list(said.items()),
            "designs": [
                {"value": design.value, "title": design_name(design, voice), "image": design_url(brand, design)}
                for design in planned.designs
            ],
            "hours": _hours(typed, voice),
            "first_day": day_of(self._deps.clock.now(), in_zone=merchant.zone).isoformat(),
            "last_day": planned.last_day.isoformat(),
            "back": f"{PATH}?token={token}",
        }
        return self._given.page(
            "planned.html",
            request,
            values,
            brand=brand,
            demo=merchant.is_demo,
            status=422 if faults else 200,
            token=token,
            here=f"{CHANGE_PATH}{one}",
        )


def planned_routes(deps: StorefrontDependencies, templates: Templates) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the page on which a planned gift is changed."""
    pages = PlannedPages(deps, templates, GivenPages(deps, templates, links(deps)))

    @get(CHANGE_PATH, include_in_schema=False)
    async def show(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.answer(request, {})

    @post(
        CHANGE_PATH,
        include_in_schema=False,
        request_max_body_size=BODY_BYTES_MAX,
        exclude_from_csrf=True,
        status_code=200,
    )
    async def save(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.answer(request, await read_form(request))

    return [show, save]


def _hours(typed: PlannedText, voice: Voice) -> list[tuple[str, str]]:
    """Return the hours that can be chosen, and the one that the gift has where it is another."""
    own = int(typed.hour) if typed.hour.isascii() and typed.hour.isdigit() and len(typed.hour) <= 2 else None
    known = sorted({*HOURS, *({own} if own is not None and own < 24 else ())})
    return [(str(hour), voice.time_of_day(hour)) for hour in known]


def _as_it_is(planned: Planned) -> PlannedText:
    order, gift = planned.order, planned.gift
    day, hour = planned.when()
    return PlannedText(
        name=gift.recipient_name,
        email=gift.recipient_email,
        to=order.to_message,
        sender=order.from_message,
        message=order.message,
        design=order.design,
        day=day,
        hour=hour,
    )


def _typed(fields: Mapping[str, str]) -> PlannedText:
    def line(name: str, field: str = "") -> str:
        return free_text.one_line(fields.get(field or name, "")[: typed_max(name)])

    return PlannedText(
        name=line("first_name", "name"),
        email=line("email"),
        to=line("to"),
        sender=line("sender", "from"),
        message=free_text.lines(fields.get("message", "")[: typed_max("message")]),
        design=line("design"),
        day=line("day"),
        hour=line("hour"),
    )
