"""`/admin/{slug}/catalogue`: what is on sale, in the order of the shop, and what is being changed."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog
from largesse.domain.catalog import NEW, CatalogueChanged, CatalogueDraft, DraftedKind, Offering
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.catalogue.offering_view import closed_badge, is_low, price_words, stock_words
from largesse.interfaces.admin.catalogue.wording import availability_badge
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.services import catalog as services
from largesse.ui import Voice
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/catalogue"
HERE: Final = "/admin/{slug}/catalogue"


class CataloguePage:
    """Answer what is on sale."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def shop(self, caller: Caller) -> Answer:
        """Lead to the shop as it would be with all drafts published."""
        merchant = caller.merchant
        assert merchant is not None
        token = services.preview_token(self._deps.keyring, merchant, now=self._deps.clock.now())
        return see_other(f"/{merchant.slug}?token={token}")

    async def arrange(self, caller: Caller) -> Answer:
        """Move an offering by one place, or show all in the order that they were dragged to."""
        merchant = caller.merchant
        assert merchant is not None
        was, wanted = _ids(caller.fields.get("was", "")), _ids(caller.fields.get("order", ""))
        moved = an_id(caller.fields.get("up", "")) or an_id(caller.fields.get("down", ""))
        arrows = "up" in caller.fields or "down" in caller.fields
        if moved in was:
            wanted = _moved(was, moved, by=-1 if "up" in caller.fields else 1)
        try:
            async with self._deps.database.transaction() as connection:
                stands = await catalog.list_offerings(connection, merchant.merchant_id)
                if [one.offering_id for one in stands] != was or (arrows and moved not in was):
                    raise CatalogueChanged
                await services.arrange_offerings(
                    connection, merchant, wanted or was, actor=caller.manager.actor, now=self._deps.clock.now()
                )
        except CatalogueChanged:
            return await self._page(caller, overtaken=True, status=409)
        return see_other(f"{HERE.format(slug=merchant.slug)}{f'?moved={moved}#moved' if moved else ''}")

    async def _page(self, caller: Caller, *, overtaken: bool = False, status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, here = self._front.voice(caller), HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            stands = await catalog.list_offerings(connection, merchant.merchant_id)
            drafts = await catalog.list_drafts(connection, merchant.merchant_id)
        drafted = {one.draft_id: one for one in drafts if one.kind is DraftedKind.OFFERING}
        moved = caller.request.query_params.get("moved", "")
        now = self._deps.clock.now()
        values = {
            "home": here,
            "rows": [
                {**self._row(one, voice), "drafted": one.offering_id in drafted, "moved": str(one.offering_id) == moved}
                for one in stands
            ],
            "fresh": [_fresh(one, merchant, voice) for one in drafted.values() if one.seen == NEW],
            "order": ",".join(str(one.offering_id) for one in stands),
            "look_drafted": any(one.kind is DraftedKind.THEME for one in drafts),
            "drafts": len(drafts),
            "edits": may(authority.role, Act.CATALOGUE_EDIT),
            "overtaken": overtaken,
            "shop": f"/{merchant.slug}",
            "low": [one.title for one in stands if is_low(one) and one.availability(now).value in {"open", "sold_out"}],
        }
        return await self._front.page(caller, "catalogue/overview.html", values, status=status, here=here)

    def _row(self, one: Offering, voice: Voice) -> dict[str, object]:
        return {
            "id": str(one.offering_id),
            "title": one.title,
            "price": price_words(one, one.money, voice),
            "state": availability_badge(one.availability(self._deps.clock.now()), voice),
            "stock": stock_words(one, voice),
            "low": is_low(one),
        }


def _fresh(draft: CatalogueDraft, merchant: Merchant, voice: Voice) -> dict[str, object]:
    content = draft.offering
    return {
        "id": str(draft.draft_id),
        "title": content.title or voice.t("Something new"),
        "price": price_words(content, merchant.money, voice),
        "state": closed_badge(voice),
    }


def _ids(text: str) -> list[UUID]:
    return [one for part in text.split(",") if (one := an_id(part)) is not None]


def _moved(order: Sequence[UUID], one: UUID | None, *, by: int) -> list[UUID]:
    """Return an order in which one of them has moved by a place, where there is one to move to."""
    found = [other for other in order if other != one]
    if one is not None:
        place = min(max(0, list(order).index(one) + by), len(found))
        found.insert(place, one)
    return found


def overview_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the catalogue's first page."""
    page = CataloguePage(front)
    return [
        front.route("GET", PATH, for_act(Act.CATALOGUE_READ), page.show),
        front.route("GET", f"{PATH}/shop", for_act(Act.CATALOGUE_READ), page.shop),
        front.route("POST", f"{PATH}/order", for_act(Act.CATALOGUE_EDIT), page.arrange),
    ]
