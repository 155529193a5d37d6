"""`/admin/{slug}/catalogue/look`: the colour, the logo and the words of a merchant, beside the certificate."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog
from largesse.domain.catalog import (
    NEW,
    CatalogueChanged,
    CatalogueDraft,
    HungPicture,
    OfferingDraft,
    Theme,
    ThemeWords,
    draft_of,
    revision_of,
)
from largesse.domain.merchants import Merchant
from largesse.domain.orders import phone_as_read
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.catalogue.offering_form import DRAFT, GOES, PUBLISH, languages_of
from largesse.interfaces.admin.catalogue.offering_view import live_answer, picture_options
from largesse.interfaces.admin.catalogue.preview import preview_address, sample_offering
from largesse.interfaces.admin.catalogue.wording import fault_sentence, refusal_sentence
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.reading import FormReader
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.services import catalog as services
from largesse.ui import LANGUAGE_NAMES, InvalidAccent, Voice, parse_accent
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/catalogue/look"
HERE: Final = "/admin/{slug}/catalogue"
BODY_BYTES_MAX: Final = 64 * 1024


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of the look: as it stands, as it is being changed, and what it can be seen on."""

    merchant: Merchant
    stands: Theme
    draft: CatalogueDraft | None
    offering: OfferingDraft
    pictures: tuple[HungPicture, ...]

    @property
    def shown(self) -> Theme:
        """What the form begins with."""
        return self.draft.theme if self.draft is not None else self.stands


class LookPage:
    """Answer about the look."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the form."""
        return await self._page(caller, await self._known(caller))

    async def save(self, caller: Caller) -> Answer:
        """Keep what was typed as a draft, or publish it."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        known, publishing = await self._known(caller), caller.fields.get("go") == PUBLISH
        theme, faults = _read(caller.fields, known.shown, merchant, voice)
        if faults:
            return await self._page(caller, known, shown=theme, errors=faults, status=422)
        now, actor = self._deps.clock.now(), caller.manager.actor
        try:
            async with self._deps.database.transaction() as connection:
                seen, revision = (caller.fields.get(name, "")[:40] for name in ("seen", "revision"))
                await services.draft_theme(
                    connection, merchant, theme, seen=seen, revision=revision, actor=actor, now=now
                )
                if publishing:
                    await services.publish_theme(connection, merchant, actor=actor, now=now)
        except InvalidInput as wrong:
            said = {_field(one.field): fault_sentence(one, voice) for one in wrong.fields}
            return await self._page(caller, known, shown=theme, errors=said, status=422)
        except CatalogueChanged:
            again = await self._known(caller)
            if publishing and again.draft is None and again.stands == theme:  # the form was sent twice
                return see_other(f"{HERE.format(slug=merchant.slug)}/look?done=published")
            return await self._page(caller, again, shown=theme, overtaken=True, status=409)
        except LargesseError as refused:
            said = {"logo": refusal_sentence(refused, voice)}
            return await self._page(caller, known, shown=theme, errors=said, status=422)
        return see_other(f"{HERE.format(slug=merchant.slug)}/look?done={'published' if publishing else 'drafted'}")

    async def drop(self, caller: Caller) -> Answer:
        """Forget the draft."""
        merchant = caller.merchant
        assert merchant is not None
        async with self._deps.database.transaction() as connection:
            if await catalog.draft_with(connection, merchant.merchant_id, merchant.merchant_id) is not None:
                await catalog.take_draft(connection, merchant.merchant_id, merchant.merchant_id)
        return see_other(f"{HERE.format(slug=merchant.slug)}/look")

    async def live(self, caller: Caller) -> Answer:
        """Answer with the certificate in the look that the form describes."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        known = await self._known(caller)
        return live_answer(self._live(known, _read(caller.fields, known.shown, merchant, voice)[0], voice))

    def _live(self, known: _Look, theme: Theme, voice: Voice) -> dict[str, str]:
        try:
            parse_accent(theme.accent)
        except InvalidAccent:
            theme = msgspec.structs.replace(theme, accent=known.stands.accent)
        merchant = known.merchant
        own = theme.words(voice.language)
        return {
            "preview": preview_address(self._front, merchant, known.offering, theme, language=voice.language),
            "about_said": own.about or "",
            "how_said": own.how_to_redeem or "",
        }

    async def _known(self, caller: Caller) -> _Look:
        merchant = caller.merchant
        assert merchant is not None
        async with self._deps.database.connection() as connection:
            offerings = await catalog.list_offerings(connection, merchant.merchant_id)
            return _Look(
                merchant=merchant,
                stands=await catalog.theme_of(connection, merchant.merchant_id),
                draft=await catalog.draft_with(connection, merchant.merchant_id, merchant.merchant_id),
                offering=draft_of(offerings[0]) if offerings else sample_offering(merchant),
                pictures=tuple(await catalog.list_pictures(connection, merchant.merchant_id)),
            )

    async def _page(
        self,
        caller: Caller,
        known: _Look,
        *,
        shown: Theme | None = None,
        errors: Mapping[str, str] | None = None,
        overtaken: bool = False,
        status: int = 200,
    ) -> Answer:
        merchant, voice = known.merchant, self._front.voice(caller)
        assert caller.authority is not None
        theme, home = shown or known.shown, HERE.format(slug=merchant.slug)
        said = {
            "published": voice.t("Published. Buyers see it like this from now on."),
            "drafted": voice.t("Kept as a draft. Buyers see nothing of it yet."),
        }
        stands_at = revision_of(known.stands)
        sent = {} if shown is None or overtaken else caller.fields
        begun = stands_at if overtaken or known.draft is None else known.draft.seen
        values = {
            "home": home,
            "here": f"{home}/look",
            "typed": _text(theme, merchant),
            "languages": [(code, LANGUAGE_NAMES[code]) for code in languages_of(merchant)],
            "logos": (("", voice.t("none: the name alone")), *picture_options(known.pictures)),
            "errors": dict(errors or {}),
            "overtaken": overtaken,
            "live": self._live(known, theme, voice),
            "done": "" if shown else said.get(caller.request.query_params.get("done", ""), ""),
            "seen": sent.get("seen") or begun,
            "revision": sent.get("revision") or (known.draft.revision if known.draft else NEW),
            "drafted": known.draft is not None,
            "edits": may(caller.authority.role, Act.CATALOGUE_EDIT),
        }
        return await self._front.page(caller, "catalogue/look.html", values, status=status, here=f"{home}/look")


def _read(fields: Mapping[str, str], before: Theme, merchant: Merchant, voice: Voice) -> tuple[Theme, dict[str, str]]:
    form = FormReader(fields, merchant, voice, merchant.money)
    translations = {name: words for name, words in before.translations.items() if name == merchant.language}
    for language in languages_of(merchant):
        words = ThemeWords(
            about=form.text(f"{language}_about") or None, how_to_redeem=form.text(f"{language}_how") or None
        )
        if words != ThemeWords():
            translations[language] = words
    theme = Theme(
        accent=form.line("accent").lower(),
        logo_id=form.one_id("logo"),
        about=form.text("about"),
        how_to_redeem=form.text("how_to_redeem"),
        address=form.text("address"),
        phone=form.line("phone"),
        website=form.line("website"),
        translations=translations,
    )
    form.choice("go", GOES, DRAFT)
    return theme, form.faults


def _text(theme: Theme, merchant: Merchant) -> dict[str, str]:
    fields = {
        "accent": theme.accent,
        "logo": str(theme.logo_id or ""),
        "about": theme.about,
        "how_to_redeem": theme.how_to_redeem,
        "address": theme.address,
        "phone": phone_as_read(theme.phone) if theme.phone.startswith("+") else theme.phone,
        "website": theme.website,
    }
    for language in languages_of(merchant):
        words = theme.translations.get(language, ThemeWords())
        fields |= {f"{language}_about": words.about or "", f"{language}_how": words.how_to_redeem or ""}
    return fields


def _field(name: str) -> str:
    if name.startswith("translations."):
        _, language, detail = (*name.split("."), "")[:3]
        return f"{language}_{'how' if detail == 'how_to_redeem' else 'about'}"
    return "logo" if name == "logo_id" else name


def look_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the look."""
    page = LookPage(front)
    reads, edits = for_act(Act.CATALOGUE_READ), for_act(Act.CATALOGUE_EDIT)
    return [
        front.route("GET", PATH, reads, page.show),
        front.route("POST", PATH, edits, page.save, body_max=BODY_BYTES_MAX),
        front.route("POST", f"{PATH}/live", edits, page.live, body_max=BODY_BYTES_MAX),
        front.route("POST", f"{PATH}/drop", edits, page.drop),
    ]
