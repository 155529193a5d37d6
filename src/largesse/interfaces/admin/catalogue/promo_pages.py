"""`/admin/{slug}/catalogue/promo-codes`: what lets buyers off, how often it was used, and stopping it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog
from largesse.domain.catalog import CatalogueChanged, Offering, PromoCode, PromoDraft, PromoUnknown, revision_of
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.catalogue.wording import fault_sentence, refusal_sentence
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.reading import (
    AMOUNT,
    PERCENT,
    FormReader,
    written_amount,
    written_moment,
    written_percent,
)
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.money import Money
from largesse.services import catalog as services
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/catalogue/promo-codes"
HERE: Final = "/admin/{slug}/catalogue"
_FIELD_OF: Final = {"percent": "off", "amount": "off", "ends_at": "until", "starts_at": "from"}


class PromoPages:
    """Answer about promo codes."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return all codes."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice = self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            codes = await catalog.list_promos(connection, merchant.merchant_id)
        values = {
            "home": HERE.format(slug=merchant.slug),
            "rows": [self._row(one, merchant, voice) for one in codes],
            "edits": may(authority.role, Act.CATALOGUE_EDIT),
        }
        return await self._front.page(caller, "catalogue/promos.html", values)

    async def new(self, caller: Caller) -> Answer:
        """Return an empty form."""
        return await self._form(caller, None, PromoDraft(code=""))

    async def add(self, caller: Caller) -> Answer:
        """Make a code."""
        return await self._save(caller, None)

    async def one(self, caller: Caller) -> Answer:
        """Return the form of a code."""
        known = await self._known(caller)
        return await self._form(caller, known, known)

    async def change(self, caller: Caller) -> Answer:
        """Change a code."""
        return await self._save(caller, await self._known(caller))

    async def stop(self, caller: Caller) -> Answer:
        """Let a code hold no more."""
        merchant, known = caller.merchant, await self._known(caller)
        assert merchant is not None
        async with self._deps.database.transaction() as connection:
            await services.stop_promo(
                connection, merchant, known.code, actor=caller.manager.actor, now=self._deps.clock.now()
            )
        return see_other(f"{HERE.format(slug=merchant.slug)}/promo-codes")

    async def _save(self, caller: Caller, known: PromoCode | None) -> Answer:
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        offerings = await self._offerings(merchant)
        draft, faults = _read(caller.fields, known, merchant, offerings, voice)
        if faults:
            return await self._form(caller, known, draft, errors=faults, status=422)
        actor, now = caller.manager.actor, self._deps.clock.now()
        try:
            async with self._deps.database.transaction() as connection:
                if known is None:
                    await services.add_promo(connection, merchant, draft, actor=actor, now=now)
                else:
                    seen = caller.fields.get("seen", "")[:40]
                    await services.change_promo(connection, merchant, draft, seen=seen, actor=actor, now=now)
        except InvalidInput as wrong:
            said = {_FIELD_OF.get(one.field, one.field): fault_sentence(one, voice) for one in wrong.fields}
            return await self._form(caller, known, draft, errors=said, status=422)
        except CatalogueChanged:
            again = await self._known(caller)
            return await self._form(caller, again, draft, overtaken=True, status=409)
        except LargesseError as refused:
            if known is None and await self._is_made(merchant, draft):  # the form was sent twice
                return see_other(f"{HERE.format(slug=merchant.slug)}/promo-codes")
            said = {"code": refusal_sentence(refused, voice)}
            return await self._form(caller, known, draft, errors=said, status=422)
        return see_other(f"{HERE.format(slug=merchant.slug)}/promo-codes")

    async def _is_made(self, merchant: Merchant, draft: PromoDraft) -> bool:
        async with self._deps.database.connection() as connection:
            try:
                stands = await catalog.find_promo(connection, merchant.merchant_id, draft.code)
            except PromoUnknown:
                return False
        return catalog.is_same(stands, draft)

    async def _known(self, caller: Caller) -> PromoCode:
        merchant = caller.merchant
        assert merchant is not None
        async with self._deps.database.connection() as connection:
            try:
                return await catalog.find_promo(
                    connection, merchant.merchant_id, str(caller.request.path_params["code"])
                )
            except PromoUnknown:
                raise PageUnknown from None

    async def _offerings(self, merchant: Merchant) -> list[Offering]:
        async with self._deps.database.connection() as connection:
            return await catalog.list_offerings(connection, merchant.merchant_id)

    def _row(self, one: PromoCode, merchant: Merchant, voice: Voice) -> dict[str, object]:
        state, kind = _state(one, voice, now=self._deps.clock.now())
        uses = voice.count(one.uses)
        said = voice.t("{count} used", count=uses)
        if one.uses_max is not None:
            said = voice.t("{count} of {all} used", count=uses, all=voice.count(one.uses_max))
        return {
            "code": {
                "text": one.code,
                "href": f"{HERE.format(slug=merchant.slug)}/promo-codes/{quote(one.code, safe='')}",
            },
            "off": _off(one, voice),
            "used": said,
            "until": voice.moment(one.ends_at, zone=merchant.zone) if one.ends_at else voice.t("without end"),
            "state": {"badge": state, "kind": kind},
        }

    async def _form(
        self,
        caller: Caller,
        known: PromoCode | None,
        shown: PromoDraft,
        *,
        errors: Mapping[str, str] | None = None,
        overtaken: bool = False,
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, home = self._front.voice(caller), HERE.format(slug=merchant.slug)
        offerings = await self._offerings(merchant)
        typed = _text(shown, merchant, voice)
        posted = caller.request.scope["method"] == "POST"
        if posted:
            typed |= {name: text for name, text in caller.fields.items() if name in typed}
        here = f"{home}/promo-codes/{quote(known.code, safe='')}" if known else f"{home}/promo-codes/new"
        title = known.code if known else voice.t("A new promo code")
        seen = revision_of(known) if known else ""
        trail = [(voice.t("Today"), f"/admin/{merchant.slug}"), (voice.t("Promo codes"), f"{home}/promo-codes")]
        values = {
            "trail": [*trail, (title, "")],
            "title": title,
            "home": home,
            "here": here,
            "typed": typed,
            "errors": dict(errors or {}),
            "overtaken": overtaken,
            "seen": seen if overtaken or not posted else caller.fields.get("seen", "")[:40],
            "is_new": known is None,
            "stopped": known is not None and known.stopped_at is not None,
            "used": voice.t("{count} used", count=voice.count(known.uses)) if known else "",
            "units": ((PERCENT, voice.t("per cent of each gift")), (AMOUNT, voice.t("off the checkout, once"))),
            "offerings": [(one.slug, one.title, one.offering_id in shown.offering_ids) for one in offerings],
            "sign": merchant.currency,
            "decimals": merchant.money.exponent > 0,
            "edits": may(authority.role, Act.CATALOGUE_EDIT),
        }
        return await self._front.page(caller, "catalogue/promo.html", values, status=status, here=f"{home}/promo-codes")


def _read(
    fields: Mapping[str, str], known: PromoCode | None, merchant: Merchant, offerings: Sequence[Offering], voice: Voice
) -> tuple[PromoDraft, dict[str, str]]:
    form = FormReader(fields, merchant, voice, merchant.money)
    is_percent = form.choice("off_unit", (PERCENT, AMOUNT), PERCENT) == PERCENT
    draft = PromoDraft(
        code=known.code if known else form.line("code"),
        percent=form.percent("off") if is_percent else None,
        amount=None if is_percent else form.amount("off"),
        starts_at=form.moment("from"),
        ends_at=form.moment("until"),
        uses_max=form.count("uses_max"),
        uses_per_buyer_max=form.count("uses_per_buyer_max"),
        amount_min=form.amount("amount_min") or 0,
        offering_ids=tuple(one.offering_id for one in offerings if form.ticked(f"for_{one.slug}")),
    )
    return draft, form.faults


def _text(draft: PromoDraft, merchant: Merchant, voice: Voice) -> dict[str, str]:
    is_amount = draft.amount is not None
    off = written_amount(draft.amount, merchant.money, voice) if is_amount else written_percent(draft.percent)
    return {
        "code": draft.code,
        "off": off,
        "off_unit": AMOUNT if is_amount else PERCENT,
        "from": written_moment(draft.starts_at, merchant),
        "until": written_moment(draft.ends_at, merchant),
        "uses_max": str(draft.uses_max or ""),
        "uses_per_buyer_max": str(draft.uses_per_buyer_max or ""),
        "amount_min": written_amount(draft.amount_min or None, merchant.money, voice),
    }


def _off(one: PromoCode, voice: Voice) -> str:
    if one.percent is not None:
        return voice.percent(one.percent / 100)
    return voice.money(Money(one.amount or 0, one.money), short=True)


def _state(one: PromoCode, voice: Voice, *, now: datetime) -> tuple[str, str]:
    if one.stopped_at is not None:
        return voice.t("stopped"), ""
    if one.ends_at is not None and now >= one.ends_at:
        return voice.t("over"), ""
    if one.uses_max is not None and one.uses >= one.uses_max:
        return voice.t("used up"), "warn"
    if one.starts_at is not None and one.starts_at > now:
        return voice.t("not yet"), "accent"
    return voice.t("holds"), "good"


def promo_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of promo codes."""
    pages = PromoPages(front)
    reads, edits = for_act(Act.CATALOGUE_READ), for_act(Act.CATALOGUE_EDIT)
    one = f"{PATH}/{{code:str}}"
    return [
        front.route("GET", PATH, reads, pages.show),
        front.route("GET", f"{PATH}/new", edits, pages.new),
        front.route("POST", f"{PATH}/new", edits, pages.add),
        front.route("GET", one, reads, pages.one),
        front.route("POST", one, edits, pages.change),
        front.route("POST", f"{one}/stop", edits, pages.stop),
    ]
