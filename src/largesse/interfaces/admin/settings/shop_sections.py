"""`/admin/{slug}/settings`, its shop and its mail."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import asdict

from largesse.db import Connection
from largesse.domain import setup
from largesse.domain.merchants import (
    UNDO_MINUTES_MAX,
    Asking,
    ExpiredGratuity,
    Merchant,
    MerchantChange,
    Reminding,
    find_merchant,
)
from largesse.domain.staff import Act, ByWhom, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActSubject, Setting, act_routes
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import (
    PATH,
    SETTINGS_PLACES,
    SettingsAct,
    SettingsSubject,
    offers,
    said_of,
    section_page,
    version_of,
)
from largesse.kernel.conventions import English, SheetSize
from largesse.services.merchants import edit_merchant
from largesse.services.staff import StaffMailPurpose, mail_person
from largesse.ui import LANGUAGE_NAMES, Voice
from largesse.web.choices import chosen
from largesse.web.forms import whole_number
from largesse.web.responses import see_other

SHOP: Final = "/settings/shop"
MAIL: Final = "/settings/mail"
_NUMBERS: Final = frozenset({"redemptions_per_hour", "undo_minutes"})


def _asking(voice: Voice) -> tuple[tuple[str, str], ...]:
    return (
        (Asking.NO.value, voice.t("not asked for")),
        (Asking.ASK.value, voice.t("asked for, may be left empty")),
        (Asking.REQUIRE.value, voice.t("required")),
    )


class ChangeShopAct(SettingsAct):
    """Change what the shop is called and how it works."""

    name = "change"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change the shop")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        return shop_fields(_merchant(subject), setting.voice)

    def says(self, setting: Setting, subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of another address."""
        if setting.text("slug") != _merchant(subject).slug:
            return [setting.voice.t("Links to the old address end: those on cards, in mails and on pages of others.")]
        return ()

    def after(self, _setting: Setting, new: Mapping[str, str]) -> str:
        """Return where to go on: a shop that moved has its settings elsewhere."""
        return f"/admin/{new['slug'].lower()}{SHOP}?done={self.name}" if "slug" in new else ""

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await edit_merchant(connection, _merchant(subject), _change(new), by=by, now=setting.now)


class ChangeMailAct(ChangeShopAct):
    """Change how mails are signed, and where answers go."""

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change the mail")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        return mail_fields(_merchant(subject), setting.voice)

    def says(self, _setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return nothing more."""
        return ()


def shop_fields(one: Merchant, voice: Voice) -> Sequence[ActInput]:
    """Return what may be changed of a shop, as it stands."""
    kept = (
        (ExpiredGratuity.KEPT.value, voice.t("yours")),
        (ExpiredGratuity.OWED.value, voice.t("owed to the staff")),
    )
    limit = "" if one.redemptions_per_hour is None else str(one.redemptions_per_hour)
    often = voice.t("Write 1 to 100; empty is no limit.")
    undo = voice.t("For how long people at a counter undo by themselves; later it takes a second person.")
    return (
        ActInput(name="name", label=voice.t("Name"), value=one.name, longest=121),
        ActInput(name="slug", label=voice.t("Address of the shop"), value=one.slug),
        ActInput(
            name="time_zone",
            label=voice.t("Time zone"),
            value=one.time_zone,
            hint=voice.t("Where its days end, such as Europe/Paris."),
        ),
        ActInput(
            name="language",
            label=voice.t("Language of your own words"),
            kind="choice",
            options=tuple(LANGUAGE_NAMES.items()),
            value=one.language,
        ),
        ActInput(
            name="english",
            label=voice.t("Days and hours in English"),
            kind="choice",
            options=(
                (English.AMERICAN.value, voice.t("American: December 24, 9 a.m.")),
                (English.BRITISH.value, voice.t("British: 24 December, 09:00")),
            ),
            value=one.english.value,
        ),
        ActInput(
            name="paper",
            label=voice.t("Paper"),
            kind="choice",
            options=tuple((size.value, size.known_as) for size in SheetSize),
            value=one.paper.value,
            hint=voice.t("What you and your customers print on."),
        ),
        ActInput(name="contact_email", label=voice.t("Where notices go"), kind="email", value=one.contact_email),
        ActInput(
            name="ask_phone",
            label=voice.t("Telephone of buyers"),
            kind="choice",
            options=_asking(voice),
            value=one.ask_phone.value,
        ),
        ActInput(
            name="ask_address",
            label=voice.t("Billing address of buyers"),
            kind="choice",
            options=_asking(voice),
            value=one.ask_address.value,
        ),
        ActInput(
            name="redemptions_per_hour",
            label=voice.t("Redemptions of one certificate an hour"),
            value=limit,
            hint=often,
            required=False,
        ),
        ActInput(
            name="expired_gratuity",
            label=voice.t("Gratuity that expires unspent is"),
            kind="choice",
            options=kept,
            value=one.expired_gratuity.value,
        ),
        ActInput(
            name="undo_minutes",
            label=voice.t("Minutes in which tills undo"),
            value=str(one.undo_minutes),
            hint=undo,
        ),
    )


def mail_fields(one: Merchant, voice: Voice) -> Sequence[ActInput]:
    """Return what may be changed of mails, as it stands."""
    return (
        ActInput(
            name="mail_from_name",
            label=voice.t("Mails come from"),
            value=one.mail_from_name,
            hint=voice.t("Left empty, from {name}.", name=one.name),
            required=False,
        ),
        ActInput(
            name="reply_to",
            label=voice.t("Answers go to"),
            kind="email",
            value=one.reply_to,
            hint=voice.t("Left empty, to {address}.", address=one.contact_email),
            required=False,
        ),
        ActInput(
            name="reminders",
            label=voice.t("Reminders of the last day"),
            kind="choice",
            options=(
                (Reminding.USUAL.value, voice.t("as is usual in your country")),
                (Reminding.ON.value, voice.t("sent")),
                (Reminding.OFF.value, voice.t("not sent")),
            ),
            value=one.reminders.value,
            hint=voice.t(
                "To whoever was mailed a certificate, 30 and 7 days before it ends. Germany and Austria may take them "
                "for advertising: there, and where the legal entity has no country, they are sent only if you say so."
            ),
        ),
    )


def _change(new: Mapping[str, str]) -> MerchantChange:
    given: dict[str, object] = {name: text for name, text in new.items() if name not in _NUMBERS}
    if "redemptions_per_hour" in new:
        given["redemptions_per_hour"] = _number(new["redemptions_per_hour"]) if new["redemptions_per_hour"] else 0
    if "undo_minutes" in new:
        given["undo_minutes"] = _number(new["undo_minutes"])
    kinds = {
        "ask_phone": Asking,
        "ask_address": Asking,
        "expired_gratuity": ExpiredGratuity,
        "reminders": Reminding,
        "english": English,
        "paper": SheetSize,
    }
    for name, kind in kinds.items():
        if name in given:
            given[name] = chosen(new, name, kind)
    if "slug" in given:
        given["slug"] = str(given["slug"]).lower()
    return msgspec.convert(given, MerchantChange)


def _number(text: str) -> int:
    """Return a number; what is none is one that no bound lets through."""
    found = whole_number(text)
    return UNDO_MINUTES_MAX + 10_000 if found is None else found


def _merchant(subject: SettingsSubject) -> Merchant:
    assert isinstance(subject.one, Merchant)
    return subject.one


SHOP_ACTS: Final = (ChangeShopAct(),)
MAIL_ACTS: Final = (ChangeMailAct(),)


class ShopSections:
    """Answer about the shop as such."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def index(self, caller: Caller) -> Answer:
        """Return what each place is for."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, home, now = self._front.voice(caller), f"/admin/{merchant.slug}", self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            made = await setup.noted_at(connection, setup.BACKUP)
        values = {
            "places": [
                {"name": one.name(voice), "what": one.what(voice), "href": f"{home}{one.path}"}
                for one in SETTINGS_PLACES
                if may(authority.role, one.act)
            ],
            "backup": voice.moment(made, zone=merchant.zone, now=now) if made else "",
        }
        return await self._front.page(caller, "settings/index.html", values)

    async def shop(self, caller: Caller) -> Answer:
        """Return the shop."""
        return await self._section(caller, SHOP)

    async def mail(self, caller: Caller) -> Answer:
        """Return the mail."""
        return await self._section(caller, MAIL)

    async def try_mail(self, caller: Caller) -> Answer:
        """Send a mail to whoever asks."""
        assert caller.merchant is not None
        assert caller.person is not None
        await self._front.limits.may_mail(caller.client, caller.person.email)
        async with self._deps.transaction() as connection:
            await mail_person(
                connection,
                caller.person,
                StaffMailPurpose.TRIAL,
                merchant_id=caller.merchant.merchant_id,
                now=self._deps.clock.now(),
            )
        return see_other(f"/admin/{caller.merchant.slug}{MAIL}?done=tried")

    async def _section(self, caller: Caller, path: str) -> Answer:
        voice, merchant = self._front.voice(caller), caller.merchant
        assert merchant is not None
        assert caller.person is not None
        subject = subject_of(merchant, path, voice)
        fields, acts = (
            (shop_fields(merchant, voice), SHOP_ACTS) if path == SHOP else (mail_fields(merchant, voice), MAIL_ACTS)
        )
        here = f"/admin/{merchant.slug}{path}"
        facts = [(one.label, dict(one.options).get(one.value, one.value) or voice.t("as usual")) for one in fields]
        if path == SHOP:
            facts += [
                (voice.t("Currency"), merchant.currency),
                (voice.t("Prefix of certificates"), merchant.prefix),
                (voice.t("Client number"), merchant.number),
            ]
        tried = caller.request.query_params.get("done", "") == "tried"
        values = {
            "blocks": [{"title": "", "facts": facts, "acts": offers(caller, acts, subject, here, voice), "note": ""}],
            "done": voice.t("A mail is on its way to {address}.", address=caller.person.email)
            if tried
            else said_of(caller, acts, voice),
            "trial": f"{here}/try" if path == MAIL else "",
            "address": caller.person.email,
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == path)
        return await section_page(self._front, caller, path=path, lead=lead, values=values)


def subject_of(merchant: Merchant, path: str, voice: Voice) -> SettingsSubject:
    """Return the merchant, as its settings are changed."""
    section = next(one.name(voice) for one in SETTINGS_PLACES if one.path == path)
    return SettingsSubject(
        subject_id=merchant.merchant_id,
        version=version_of(asdict(merchant)),
        path=path,
        section=section,
        name=merchant.name,
        one=merchant,
    )


async def _find_shop(front: StaffFront, caller: Caller) -> ActSubject:
    return await _found(front, caller, SHOP)


async def _find_mail(front: StaffFront, caller: Caller) -> ActSubject:
    return await _found(front, caller, MAIL)


async def _found(front: StaffFront, caller: Caller, path: str) -> SettingsSubject:
    assert caller.merchant is not None
    async with front.deps.database.connection() as connection:
        merchant = await find_merchant(connection, caller.merchant.slug)
    return subject_of(merchant, path, front.voice(caller))


def shop_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the first page, the shop and the mail."""
    pages = ShopSections(front)
    read = for_act(Act.SETTINGS_READ)
    below = {path: (f"/admin/{{slug:str}}{path}", f"/admin/{{slug}}{path}") for path in (SHOP, MAIL)}
    return [
        front.route("GET", PATH, read, pages.index),
        front.route("GET", below[SHOP][0], read, pages.shop),
        front.route("GET", below[MAIL][0], read, pages.mail),
        front.route("POST", f"{below[MAIL][0]}/try", for_act(Act.SETTINGS_EDIT, back=below[MAIL][1]), pages.try_mail),
        *act_routes(front, SHOP_ACTS, _find_shop, path=below[SHOP][0], here=below[SHOP][1]),
        *act_routes(front, MAIL_ACTS, _find_mail, path=below[MAIL][0], here=below[MAIL][1]),
    ]
