"""`/admin/{slug}/settings/website`: links and buttons for the merchant's own web site, ready to be copied."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog
from largesse.domain.catalog import Availability, Offering
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import SETTINGS_PLACES, section_page
from largesse.interfaces.admin.settings.snippets import LinkChoice, address_of, button_of, link_of
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.money import InvalidAmount, Money
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, Voice

WEBSITE: Final = "/settings/website"
WORDS_MAX: Final = 60
_PATH: Final = f"/admin/{{slug:str}}{WEBSITE}"
_TYPED_MAX: Final = 200


class _Built(NamedTuple):
    """What was asked for, as far as the shop offers it, and what is said beside each field that it does not."""

    chosen: LinkChoice
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
        offerings = [one for one in found if one.availability(now) in {Availability.OPEN, Availability.SOLD_OUT}]
        asked = caller.request.query_params
        typed = {name: asked.get(name, "")[:_TYPED_MAX] for name in ("offering", "amount", "language", "words")}
        built = self._built(offerings, typed, voice)
        address = address_of(f"{self._deps.base_url}/{merchant.slug}", built.chosen)
        values = {
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
        chosen = LinkChoice(offering=offering.slug if offering else "", amount=amount, language=language)
        return _Built(chosen, words or usual, errors)


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


def website_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the merchant's own web site."""
    return [front.route("GET", _PATH, for_act(Act.SETTINGS_READ), WebsiteSection(front).show)]
