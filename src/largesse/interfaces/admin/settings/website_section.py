"""`/admin/{slug}/settings/website`: links, buttons and the form itself for other web sites, ready to be copied."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import catalog
from largesse.domain.catalog import Availability, Offering
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActSubject, Setting, act_routes
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import (
    SETTINGS_PLACES,
    SettingsAct,
    SettingsSubject,
    offers,
    said_of,
    section_page,
    version_of,
)
from largesse.interfaces.admin.settings.snippets import LinkChoice, address_of, button_of, kit_of, link_of
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.errors import InvalidInput
from largesse.kernel.money import InvalidAmount, Money
from largesse.services.merchants import allow_embedding, embed_origins_of, end_embedding
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, Voice

WEBSITE: Final = "/settings/website"
WORDS_MAX: Final = 60
KIT: Final = "ui/embed-1.js"
_PATH: Final = f"/admin/{{slug:str}}{WEBSITE}"
_HERE: Final = f"/admin/{{slug}}{WEBSITE}"
_TYPED_MAX: Final = 200


class _Origins(msgspec.Struct, frozen=True):
    """The web sites that may show the gift form, as they are changed."""

    merchant: Merchant
    origins: tuple[str, ...]


def _origins(subject: SettingsSubject) -> _Origins:
    assert isinstance(subject.one, _Origins)
    return subject.one


class AddOriginAct(SettingsAct):
    """Let another web site show the gift form."""

    name = "add"
    is_new = True

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Add a web site")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("Within a minute that web site may show the form.")

    def fields(self, setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        voice = setting.voice
        hint = voice.t("As its address begins: https://www.example.com. With and without www. are two.")
        return (ActInput(name="origin", label=voice.t("Web site"), hint=hint, longest=300),)

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        voice = setting.voice
        return [
            voice.t("Whoever writes that web site can put the gift form into it, and can put something over it."),
            voice.t("People pay on your shop’s own pages all the same, where no other web site can show itself."),
        ]

    def faults(self, wrong: InvalidInput, voice: Voice) -> dict[str, str]:
        """Return what is said beside each field that is refused."""
        known = {
            "embed_origin.invalid": voice.t("Write https:// and the host alone, such as https://www.example.com."),
            "embed_origin.too_many": voice.t("The list is full. Remove a web site that needs the form no more."),
        }
        return {one.field: known.get(one.code, one.message) for one in wrong.fields}

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await allow_embedding(connection, _origins(subject).merchant, new["origin"], by=by, now=setting.now)


class RemoveOriginAct(SettingsAct):
    """Let another web site show the gift form no more."""

    name = "remove"
    danger = True
    is_new = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: there is one."""
        return bool(_origins(subject).origins)

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Remove a web site")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("Within a minute that web site shows a link again.")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        options = tuple((one, one) for one in _origins(subject).origins)
        return (ActInput(name="origin", label=setting.voice.t("Web site"), kind="choice", options=options),)

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await end_embedding(connection, _origins(subject).merchant, new["origin"], by=by, now=setting.now)


_ACTS: Final = (AddOriginAct(), RemoveOriginAct())


class _Built(NamedTuple):
    """What was asked for, as far as the shop offers it, and what is said beside each field that it does not."""

    choice: LinkChoice
    words: str
    errors: Mapping[str, str]


class WebsiteSection:
    """Answer about what stands on the merchant's own web site."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return what can be copied, for what the address chooses."""
        merchant = caller.merchant
        assert merchant is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            theme = await catalog.theme_of(connection, merchant.merchant_id)
            found = await catalog.find_offerings(connection, merchant.merchant_id, now=now)
            origins = await embed_origins_of(connection, merchant)
        offerings = [one for one in found if one.availability(now) in {Availability.OPEN, Availability.SOLD_OUT}]
        asked = caller.request.query_params
        typed = {name: asked.get(name, "")[:_TYPED_MAX] for name in ("offering", "amount", "language", "words")}
        built = self._built(offerings, typed, voice)
        address = address_of(f"{self._deps.base_url}/{merchant.slug}", built.choice)
        kit = self._front.templates.assets.named(KIT)
        embedded = button_of(address, built.words, accent=theme.accent, embedded=True)
        values = {
            "origins": origins,
            "embed": f"{embedded}\n{kit_of(self._deps.base_url + kit.url, kit.integrity)}"
            if origins and built.choice.offering
            else "",
            "acts_shown": offers(
                caller, _ACTS, subject_of(merchant, origins, voice), _HERE.format(slug=merchant.slug), voice
            ),
            "done": said_of(caller, _ACTS, voice),
            "offerings": [
                ("", voice.t("The whole shop")),
                *((one.slug, one.words(voice.language).title or one.title) for one in offerings),
            ],
            "languages": [("", voice.t("as the reader’s browser asks")), *LANGUAGE_NAMES.items()],
            "typed": typed,
            "errors": built.errors,
            "words_most": WORDS_MAX,
            "words_usual": built.words,
            "address": address,
            "link": link_of(address, built.words),
            "button_code": button_of(address, built.words, accent=theme.accent),
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == WEBSITE)
        return await section_page(
            self._front, caller, path=WEBSITE, lead=lead, values=values, template="settings/website.html"
        )

    def _built(self, offerings: Sequence[Offering], typed: Mapping[str, str], voice: Voice) -> _Built:
        """Read a choice; what nobody offers is left out of it, and said."""
        errors = dict[str, str]()
        offering = next((one for one in offerings if one.slug == typed["offering"]), None)
        if typed["offering"] and offering is None:
            errors["offering"] = voice.t("This is not on sale. Choose something else.")
        language = typed["language"]
        if language and language not in LANGUAGES:
            errors["language"], language = voice.t("The shop does not speak this language. Choose another one."), ""
        amount = ""
        if text := typed["amount"].strip():
            amount = _amount([offering] if offering else offerings, text, voice)
            if not amount:
                errors["amount"] = voice.t("Nobody can give this amount. Write one that the offering takes.")
        usual = self._front.templates.voices[language or voice.language].t("Gift certificates")
        words = free_text.one_line(typed["words"])
        if over := max(0, len(words) - WORDS_MAX):
            errors["words"], words = (
                voice.n(
                    "This is {count} character too many. Take it out.",
                    "These are {count} characters too many. Take them out.",
                    over,
                ),
                "",
            )
        choice = LinkChoice(offering=offering.slug if offering else "", amount=amount, language=language)
        return _Built(choice, words or usual, errors)


def _amount(offerings: Sequence[Offering], text: str, voice: Voice) -> str:
    """Return an amount as links write it, "" for what is none, or none that one of the offerings takes."""
    for one in offerings:
        try:
            amount = read_amount(text, one.money, language=voice.language)
        except InvalidAmount:
            continue
        if one.takes(amount.minor):
            return _written(amount)
    return ""


def _written(amount: Money) -> str:
    """Return an amount with a point, and without zeros that say nothing: 75, 75.50."""
    whole, _, rest = str(amount).partition(".")
    return str(amount) if rest.strip("0") else whole


def subject_of(merchant: Merchant, origins: tuple[str, ...], voice: Voice) -> SettingsSubject:
    """Return the web sites that may show the form, as they are changed."""
    section = next(one.name(voice) for one in SETTINGS_PLACES if one.path == WEBSITE)
    return SettingsSubject(
        subject_id=merchant.merchant_id,
        version=version_of(*origins),
        path=WEBSITE,
        section=section,
        one=_Origins(merchant, origins),
    )


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    async with front.deps.database.connection() as connection:
        origins = await embed_origins_of(connection, caller.merchant)
    return subject_of(caller.merchant, origins, front.voice(caller))


def website_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of other web sites."""
    return [
        front.route("GET", _PATH, for_act(Act.SETTINGS_READ), WebsiteSection(front).show),
        *act_routes(front, _ACTS, _find, path=_PATH, here=_HERE),
    ]
