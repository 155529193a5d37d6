"""`/admin/{slug}/catalogue/offerings/{offering_id}`: change what is on sale, look at it, keep a draft, publish it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import catalog, law
from largesse.domain.catalog import (
    NEW,
    CatalogueChanged,
    CatalogueDraft,
    OfferingDraft,
    OfferingKind,
    OfferingStatus,
    OfferingTaken,
    draft_of,
    revision_of,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.catalogue.offering_form import PUBLISH, form_field, offering_text, read_offering
from largesse.interfaces.admin.catalogue.offering_view import (
    OfferingState,
    closed_badge,
    form_values,
    live_answer,
    live_words,
)
from largesse.interfaces.admin.catalogue.wording import fault_sentence, refusal_sentence
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.telling import Teller
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import new_id
from largesse.services import catalog as services
from largesse.services.office import names_in
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/catalogue/offerings"
HERE: Final = "/admin/{slug}/catalogue"
BODY_BYTES_MAX: Final = 128 * 1024


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an offering: as it stands, and as it is being changed."""

    state: OfferingState
    offering_id: UUID
    draft: CatalogueDraft | None

    @property
    def shown(self) -> OfferingDraft:
        """What the form begins with: the draft, else what stands."""
        if self.draft is not None:
            return self.draft.offering
        if self.state.stands is not None:
            return draft_of(self.state.stands)
        return OfferingDraft(slug="", kind=OfferingKind.AMOUNT, title="")

    @property
    def seen(self) -> str:
        """The revision that a change begins from."""
        if self.draft is not None:
            return self.draft.seen
        return self.stands_at

    @property
    def stands_at(self) -> str:
        """The revision of what stands now."""
        return revision_of(self.state.stands) if self.state.stands is not None else NEW

    @property
    def revision(self) -> str:
        """The revision of the draft."""
        return self.draft.revision if self.draft is not None else NEW


class OfferingPages:
    """Answer about one offering."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def new(self, caller: Caller) -> Answer:
        """Return an empty form; what is kept of it has the id that the form leads to."""
        known = await self._known(caller, new_id(self._deps.clock.now()))
        return await self._page(caller, known)

    async def show(self, caller: Caller) -> Answer:
        """Return the form of an offering."""
        known = await self._known(caller, _id_in(caller))
        if known.state.stands is None and known.draft is None:
            raise PageUnknown
        return await self._page(caller, known)

    async def save(self, caller: Caller) -> Answer:
        """Keep what was typed as a draft, or publish it; nothing of it where something is wrong."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        known = await self._known(caller, _id_in(caller))
        content, faults = read_offering(caller.fields, known.shown, merchant, known.state.money, voice)
        if faults:
            return await self._page(caller, known, content=content, errors=faults, status=422)
        publishing = caller.fields.get("go") == PUBLISH
        try:
            await self._saved(caller, merchant, known.offering_id, content, publishing=publishing)
        except InvalidInput as wrong:
            said = {form_field(one.field): fault_sentence(one, voice) for one in wrong.fields}
            return await self._page(caller, known, content=content, errors=said, status=422)
        except OfferingTaken as taken:
            said = {"slug": refusal_sentence(taken, voice)}
            return await self._page(caller, known, content=content, errors=said, status=422)
        except CatalogueChanged:
            known = await self._known(caller, known.offering_id)
            return await self._page(caller, known, content=content, overtaken=True, status=409)
        except LargesseError as refused:
            problem = refusal_sentence(refused, voice)
            return await self._page(caller, known, content=content, problem=problem, status=409)
        done = "published" if publishing else "drafted"
        return see_other(f"{_home(merchant)}/offerings/{known.offering_id}?done={done}")

    async def drop(self, caller: Caller) -> Answer:
        """Forget the draft."""
        merchant = caller.merchant
        assert merchant is not None
        async with self._deps.database.transaction() as connection:
            if await catalog.draft_with(connection, merchant.merchant_id, _id_in(caller)) is not None:
                await catalog.take_draft(connection, merchant.merchant_id, _id_in(caller))
        return see_other(_home(merchant))

    async def hide(self, caller: Caller) -> Answer:
        """Take the offering off sale."""
        return await self._set_status(caller, OfferingStatus.HIDDEN)

    async def unhide(self, caller: Caller) -> Answer:
        """Put the offering on sale again."""
        return await self._set_status(caller, OfferingStatus.ACTIVE)

    async def live(self, caller: Caller) -> Answer:
        """Answer with what the form would come to, as it stands."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        known = await self._known(caller, _id_in(caller))
        content, _ = read_offering(caller.fields, known.shown, merchant, known.state.money, voice)
        return live_answer(live_words(self._front, known.state, content, voice))

    async def _saved(
        self, caller: Caller, merchant: Merchant, offering_id: UUID, content: OfferingDraft, *, publishing: bool
    ) -> None:
        now, actor = self._deps.clock.now(), caller.manager.actor
        async with self._deps.database.transaction() as connection:
            if publishing and await _stands_like(connection, merchant, offering_id, content):
                if await catalog.draft_with(connection, merchant.merchant_id, offering_id) is not None:
                    await catalog.take_draft(connection, merchant.merchant_id, offering_id)
                return
            await services.draft_offering(
                connection,
                merchant,
                offering_id,
                content,
                seen=caller.fields.get("seen", "")[:40],
                revision=caller.fields.get("revision", "")[:40],
                actor=actor,
                now=now,
            )
            if publishing:
                await services.publish_offering(connection, merchant, offering_id, actor=actor, now=now)

    async def _set_status(self, caller: Caller, status: OfferingStatus) -> Answer:
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        offering_id, now = _id_in(caller), self._deps.clock.now()
        try:
            async with self._deps.database.transaction() as connection:
                await services.set_status(
                    connection, merchant, str(offering_id), status, actor=caller.manager.actor, now=now
                )
        except LargesseError as refused:
            known = await self._known(caller, offering_id)
            problem = refusal_sentence(refused, voice)
            if isinstance(refused, InvalidInput):
                problem = " ".join(fault_sentence(one, voice) for one in refused.fields)
            return await self._page(caller, known, problem=problem, status=409)
        return see_other(f"{_home(merchant)}/offerings/{offering_id}")

    async def _known(self, caller: Caller, offering_id: UUID) -> _Known:
        merchant = caller.merchant
        assert merchant is not None
        async with self._deps.database.connection() as connection:
            found = await catalog.offerings_of(connection, merchant.merchant_id, [offering_id])
            draft = await catalog.draft_with(connection, merchant.merchant_id, offering_id)
            looks = await catalog.draft_with(connection, merchant.merchant_id, merchant.merchant_id)
            theme = looks.theme if looks else await catalog.theme_of(connection, merchant.merchant_id)
            stands = found.get(offering_id)
            state = OfferingState(
                merchant=merchant,
                money=stands.money if stands else merchant.money,
                stands=stands,
                theme=theme,
                law=await law.law_of(connection, merchant.merchant_id),
                pictures=tuple(await catalog.list_pictures(connection, merchant.merchant_id)),
                now=self._deps.clock.now(),
            )
        return _Known(state=state, offering_id=offering_id, draft=draft)

    async def _page(
        self,
        caller: Caller,
        known: _Known,
        *,
        content: OfferingDraft | None = None,
        errors: Mapping[str, str] | None = None,
        overtaken: bool = False,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        state, voice, merchant = known.state, self._front.voice(caller), known.state.merchant
        assert caller.authority is not None
        shown = content or known.shown
        typed = offering_text(shown, merchant, state.money, voice)
        if content is not None:  # what was typed, also where it cannot be read
            boxes = {name: "" for name in typed if name.startswith("design_")}
            typed = {**typed, **boxes, **{name: text for name, text in caller.fields.items() if name in typed}}
        here, title = _home(merchant), shown.title or voice.t("Something new")
        by = ""
        if known.draft is not None:
            named = await names_in(self._deps, merchant, [known.draft.changed_by])
            by = Teller(voice, merchant, named, now=state.now).who(known.draft.changed_by)
        sent = caller.fields if content is not None and not overtaken else {}
        values = {
            "trail": [(voice.t("Today"), f"/admin/{merchant.slug}"), (voice.t("Catalogue"), here), (title, "")],
            "title": title,
            "home": here,
            "here": f"{here}/offerings/{known.offering_id}",
            "typed": typed,
            "errors": dict(errors or {}),
            "overtaken": overtaken,
            "problem": problem,
            "live": live_words(self._front, state, shown, voice),
            "done": _done(caller, voice) if content is None else "",
            "seen": sent.get("seen", "") or (known.stands_at if overtaken else known.seen),
            "revision": sent.get("revision", "") or known.revision,
            "is_new": state.stands is None,
            "hidden": state.stands is not None and state.stands.status is OfferingStatus.HIDDEN,
            "draft_said": _draft_words(known, by, voice),
            "edits": may(caller.authority.role, Act.CATALOGUE_EDIT),
            **form_values(state, voice),
        }
        if state.stands is None:
            values["state"] = closed_badge(voice)
        return await self._front.page(caller, "catalogue/offering.html", values, status=status, here=here)


async def _stands_like(connection: Connection, merchant: Merchant, offering_id: UUID, content: OfferingDraft) -> bool:
    """Return whether an offering is already what is to be published: the form was sent twice."""
    found = await catalog.offerings_of(connection, merchant.merchant_id, [offering_id])
    stands = found.get(offering_id)
    return stands is not None and catalog.is_same(stands, content)


def _id_in(caller: Caller) -> UUID:
    found = an_id(str(caller.request.path_params["offering_id"]))
    if found is None:
        raise PageUnknown
    return found


def _home(merchant: Merchant) -> str:
    return HERE.format(slug=merchant.slug)


def _done(caller: Caller, voice: Voice) -> str:
    said = {
        "published": voice.t("Published. Buyers see it like this from now on."),
        "drafted": voice.t("Kept as a draft. Buyers see nothing of it yet."),
    }
    return said.get(caller.request.query_params.get("done", ""), "")


def _draft_words(known: _Known, name: str, voice: Voice) -> str:
    draft = known.draft
    if draft is None:
        return ""
    when = voice.moment(draft.changed_at, zone=known.state.merchant.zone, now=known.state.now)
    return voice.t("A draft by {name}, {when}. Buyers see nothing of it before it is published.", name=name, when=when)


def offering_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of offerings."""
    pages = OfferingPages(front)
    reads, edits = for_act(Act.CATALOGUE_READ), for_act(Act.CATALOGUE_EDIT)
    one = f"{PATH}/{{offering_id:str}}"
    return [
        front.route("GET", f"{PATH}/new", edits, pages.new),
        front.route("GET", one, reads, pages.show),
        front.route("POST", one, edits, pages.save, body_max=BODY_BYTES_MAX),
        front.route("POST", f"{one}/live", edits, pages.live, body_max=BODY_BYTES_MAX),
        front.route("POST", f"{one}/drop", edits, pages.drop),
        front.route("POST", f"{one}/hide", edits, pages.hide),
        front.route("POST", f"{one}/show", edits, pages.unhide),
    ]
