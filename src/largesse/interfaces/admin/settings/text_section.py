"""`/admin/{slug}/settings/texts`: what the law asks a shop to say, in every language, in versions."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.legal_texts import (
    TEXT_MAX,
    InvalidLegalText,
    LegalKind,
    LegalText,
    LegalTextChanged,
    LegalTextDraft,
    LegalTexts,
)
from largesse.domain.staff import Act, ByWhom, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import SETTINGS_PLACES, section_page, trail_to
from largesse.services.merchants import legal_texts_of, write_legal_text
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import whole_number
from largesse.web.responses import see_other

TEXTS: Final = "/settings/texts"
_PATH: Final = f"/admin/{{slug:str}}{TEXTS}"
_HERE: Final = f"/admin/{{slug}}{TEXTS}"
_ONE: Final = f"{_PATH}/{{kind:str}}/{{language:str}}"
_BODY_MAX: Final = TEXT_MAX * 12 + 64 * 1024
"""Every character may take four bytes, each written as three."""
_LINK_TYPED_MAX: Final = 1_000


class TextSection:
    """Answer about the texts that the law asks for."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return which texts there are in which language, and which are missing."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, texts = self._front.voice(caller), await self._texts(caller)
        here, writes = _HERE.format(slug=merchant.slug), may(authority.role, Act.SETTINGS_EDIT)
        values = {
            "kinds": [
                {
                    "name": kind_name(kind, voice),
                    "what": _what(kind, voice),
                    "missing": kind not in texts.kinds,
                    "read": f"/{merchant.slug}/legal/{kind.value}" if kind in texts.kinds else "",
                    "languages": [
                        {
                            "name": LANGUAGE_NAMES[language],
                            "language": language,
                            "said": self._said(caller, _own(texts, kind, language), voice),
                            "href": f"{here}/{kind.value}/{language}" if writes else "",
                        }
                        for language in LANGUAGES
                    ],
                }
                for kind in LegalKind
            ],
            "done": voice.t("The text is kept, and shown from now on.")
            if caller.request.query_params.get("done", "") == "written"
            else "",
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == TEXTS)
        return await section_page(
            self._front, caller, path=TEXTS, lead=lead, values=values, template="settings/texts.html"
        )

    async def ask(self, caller: Caller) -> Answer:
        """Return the form of one text, as it stands."""
        kind, language = _named(caller)
        texts = await self._texts(caller)
        one = _own(texts, kind, language)
        typed = {"text": one.text if one else "", "link": one.link if one else ""}
        return await self._form(caller, typed, seen=texts.version_of(kind, language))

    async def write(self, caller: Caller) -> Answer:
        """Keep a text, or the link to one; with neither it is taken away."""
        assert caller.merchant is not None
        kind, language = _named(caller)
        voice, typed = self._front.voice(caller), _typed(caller)
        seen = whole_number(caller.fields.get("seen", "")) or 0
        draft = LegalTextDraft(kind=kind, language=language, seen=seen, **typed)
        try:
            async with self._deps.database.transaction() as connection:
                by = ByWhom(actor=caller.manager.actor)
                await write_legal_text(connection, caller.merchant, draft, by=by, now=self._deps.clock.now())
        except InvalidLegalText as wrong:
            said = _faults(typed["text"], voice)
            errors = {one.field: said.get(one.code, one.message) for one in wrong.fields}
            return await self._form(caller, typed, seen=seen, errors=errors, status=422)
        except LegalTextChanged:
            now = (await self._texts(caller)).version_of(kind, language)
            problem = voice.t("Somebody else has written this text meanwhile. Send yours again to put it in its place.")
            return await self._form(caller, typed, seen=now, problem=problem, status=409)
        return see_other(f"{_HERE.format(slug=caller.merchant.slug)}?done=written")

    async def _form(
        self,
        caller: Caller,
        typed: Mapping[str, str],
        *,
        seen: int,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        kind, language = _named(caller)
        voice, home = self._front.voice(caller), _HERE.format(slug=merchant.slug)
        here, name = f"{home}/{kind.value}/{language}", kind_name(kind, voice)
        section = next(one.name(voice) for one in SETTINGS_PLACES if one.path == TEXTS)
        values = {
            "trail": trail_to(voice, merchant, (section, home), name),
            "heading": f"{name}, {LANGUAGE_NAMES[language]}",
            "what": _what(kind, voice),
            "language": language,
            "typed": typed,
            "seen": seen,
            "errors": errors or {},
            "problem": problem,
            "most": TEXT_MAX,
            "action": here,
            "back": home,
        }
        return await self._front.page(caller, "settings/text.html", values, status=status, here=here)

    async def _texts(self, caller: Caller) -> LegalTexts:
        assert caller.merchant is not None
        async with self._deps.database.connection() as connection:
            return await legal_texts_of(connection, caller.merchant)

    def _said(self, caller: Caller, one: LegalText | None, voice: Voice) -> str:
        assert caller.merchant is not None
        if one is None:
            return ""
        when = voice.moment(one.written_at, zone=caller.merchant.zone, now=self._deps.clock.now())
        what = voice.t("a link") if one.link else voice.n("{count} character", "{count} characters", len(one.text))
        return voice.t("{what}, version {number}, {when}", what=what, number=str(one.version), when=when)


def kind_name(kind: LegalKind, voice: Voice) -> str:
    """Return what a text is called."""
    return {
        LegalKind.IMPRINT: voice.t("Imprint"),
        LegalKind.PRIVACY: voice.t("Privacy"),
        LegalKind.TERMS: voice.t("General terms"),
        LegalKind.WITHDRAWAL: voice.t("Right of withdrawal"),
        LegalKind.ACCESSIBILITY: voice.t("Accessibility"),
    }[kind]


def _what(kind: LegalKind, voice: Voice) -> str:
    return {
        LegalKind.IMPRINT: voice.t("Who answers for the shop, and how they are reached."),
        LegalKind.PRIVACY: voice.t("What becomes of the data of buyers and recipients."),
        LegalKind.TERMS: voice.t("On what terms you sell. The receipt carries them."),
        LegalKind.WITHDRAWAL: voice.t("How a buyer withdraws, with the form for it. The receipt carries it."),
        LegalKind.ACCESSIBILITY: voice.t("How far everybody can use the shop, and where to tell what is in the way."),
    }[kind]


def _faults(text: str, voice: Voice) -> Mapping[str, str]:
    over = max(1, len(text) - TEXT_MAX)
    return {
        "legal_text.too_long": voice.n(
            "This is {count} character too many. Take it out.",
            "These are {count} characters too many. Take them out.",
            over,
        ),
        "legal_text.link.invalid": voice.t("Write an address that begins with https://, of at most 400 characters."),
        "legal_text.both": voice.t("Give the text itself or a link to it, not both."),
    }


def _own(texts: LegalTexts, kind: LegalKind, language: str) -> LegalText | None:
    """Return the newest version of a text in exactly that language, None where there is nothing to read."""
    found = (one for one in texts.all if (one.kind, one.language) == (kind, language) and one.is_given)
    return next(found, None)


def _named(caller: Caller) -> tuple[LegalKind, str]:
    """Return which text the address names.

    Raises:
        PageUnknown: there is none such.
    """
    kind, language = (str(caller.request.path_params[name]) for name in ("kind", "language"))
    if kind not in set(LegalKind) or language not in LANGUAGES:
        raise PageUnknown
    return LegalKind(kind), language


def _typed(caller: Caller) -> dict[str, str]:
    # One more than fits, so that what is too long is told and not cut.
    text = caller.fields.get("text", "").replace("\r\n", "\n")[: TEXT_MAX * 2]
    return {"text": text, "link": caller.fields.get("link", "").strip()[:_LINK_TYPED_MAX]}


def text_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the texts."""
    pages = TextSection(front)
    return [
        front.route("GET", _PATH, for_act(Act.SETTINGS_READ), pages.show),
        front.route("GET", _ONE, for_act(Act.SETTINGS_EDIT), pages.ask),
        front.route("POST", _ONE, for_act(Act.SETTINGS_EDIT), pages.write, body_max=_BODY_MAX),
    ]
