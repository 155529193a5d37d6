"""What the settings share: the list of places, how a section is shown, and acts that change fields.

A change is rehearsed before it is confirmed: it is done in a transaction that is given up, so that whatever would be
refused is said beside its field while nothing has happened.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited, ByWhom, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import WAITS, ActInput, ActPlan, ActShown, ActSubject, Setting, Unfit
from largesse.interfaces.admin.setup.wording import merchant_faults
from largesse.kernel.errors import InvalidInput
from largesse.services.certificates import Request
from largesse.ui import Voice

PATH: Final = "/admin/{slug:str}/settings"
HERE: Final = "/admin/{slug}/settings"


class SettingsPlace(NamedTuple):
    """A place of the settings, or one that stands elsewhere: `path` is below the merchant's address."""

    path: str
    act: Act
    name: Callable[[Voice], str]
    what: Callable[[Voice], str]


SETTINGS_PLACES: Final = (
    SettingsPlace(
        "/settings/shop",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Shop"),
        lambda voice: voice.t("Its name, address and time zone, what buyers are asked for, and how long tills undo."),
    ),
    SettingsPlace(
        "/settings/mail",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Mail"),
        lambda voice: voice.t("The name that mails come under, where answers go, and a mail to try it."),
    ),
    SettingsPlace(
        "/settings/texts",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Legal texts"),
        lambda voice: voice.t("Imprint, privacy, terms, withdrawal and accessibility, as texts or links, by language."),
    ),
    SettingsPlace(
        "/settings/website",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Your web site"),
        lambda voice: voice.t("Links, buttons and the gift form for other web sites, and which may show it."),
    ),
    SettingsPlace(
        "/settings/locations",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Locations"),
        lambda voice: voice.t("Where you sell and redeem: hours, tax rate, and who books the sale."),
    ),
    SettingsPlace(
        "/settings/entities",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Legal entities"),
        lambda voice: voice.t("Who you are before the law, as the shop’s foot, receipts and invoices name it."),
    ),
    SettingsPlace(
        "/settings/invoices",
        Act.SETTINGS_READ,
        lambda voice: voice.t("What invoices say"),
        lambda voice: voice.t("Invoices to partners: the account to pay into, numbers, contact, and reminders."),
    ),
    SettingsPlace(
        "/settings/payments",
        Act.PAYMENT_ACCOUNTS,
        lambda voice: voice.t("Payment accounts"),
        lambda voice: voice.t("Where the money of your buyers goes: keys, checked before they are kept."),
    ),
    SettingsPlace(
        "/settings/wallets",
        Act.PAYMENT_ACCOUNTS,
        lambda voice: voice.t("Wallet passes"),
        lambda voice: voice.t("Keys with which holders take their certificate into Apple Wallet or Google Wallet."),
    ),
    SettingsPlace(
        "/settings/accounts",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Accounts of the bookkeeper"),
        lambda voice: voice.t("Which accounts of your bookkeeper’s program yours are, for exports."),
    ),
    SettingsPlace(
        "/settings/law",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Law"),
        lambda voice: voice.t("Which country’s rules you go by, with their sources, and what breaks them."),
    ),
    SettingsPlace(
        "/settings/networks",
        Act.NETWORKS,
        lambda voice: voice.t("Networks"),
        lambda voice: voice.t("From where office and tills may be used."),
    ),
    SettingsPlace(
        "/requests",
        Act.CERTIFICATES_READ,
        lambda voice: voice.t("Limits and approvals"),
        lambda voice: voice.t("How much one person does alone, and what waits for a second one."),
    ),
    SettingsPlace(
        "/people",
        Act.STAFF_READ,
        lambda voice: voice.t("People and roles"),
        lambda voice: voice.t("Who works here and as what: invite, change, let go."),
    ),
    SettingsPlace(
        "/devices",
        Act.SETTINGS_READ,
        lambda voice: voice.t("Tills"),
        lambda voice: voice.t("The tablets and computers at your counters: codes, locks, revoking."),
    ),
    SettingsPlace(
        "/deliveries",
        Act.DELIVERIES_READ,
        lambda voice: voice.t("Endpoints and deliveries"),
        lambda voice: voice.t("Which of your systems are told of orders and events."),
    ),
    SettingsPlace(
        "/settings/danger",
        Act.SHOP_CLOSE,
        lambda voice: voice.t("Danger zone"),
        lambda voice: voice.t("Close the shop on the web, open it again, and what it takes to end it all."),
    ),
)
"""In the order in which they stand."""


class SettingsSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What a setting is changed of: `path` leads to its section, `version` changes with it."""

    subject_id: UUID
    version: str
    path: str
    section: str
    name: str = ""
    one: object = None

    @property
    def addresses(self) -> frozenset[str]:
        """It is nobody's own."""
        return frozenset()

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""
        return trail_to(voice, merchant, (self.section, f"/admin/{merchant.slug}{self.path}"), here)


def trail_to(voice: Voice, merchant: Merchant, section: tuple[str, str] | None, *more: str) -> list[tuple[str, str]]:
    """Return the breadcrumb of the settings, of a section, or of what is below it."""
    home = f"/admin/{merchant.slug}"
    found = [(voice.t("Today"), home), (voice.t("Settings"), HERE.format(slug=merchant.slug))]
    if section is not None:
        found.append(section)
    return [*found, *((one, "") for one in more)]


def version_of(*parts: object) -> str:
    """Return something that changes whenever one of the parts does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class Rehearsed(Exception):
    """A rehearsal is over, and what it did is given up."""


class SettingsAct:
    """A change of some fields. `fields` says how they stand, `do` changes what is different."""

    name = ""
    act = Act.SETTINGS_EDIT
    audited: Audited | None = None
    danger = False
    is_new = False
    renamed: Mapping[str, str] = {}
    """Fields that a form calls otherwise than what refuses them does."""

    def title(self, _voice: Voice) -> str:
        """Return what it is called."""
        return ""

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is changed.")

    def offered(self, _subject: SettingsSubject) -> bool:
        """Return whether it may be done just now."""
        return True

    def fields(self, _setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        return ()

    def says(self, _setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it besides."""
        return ()

    async def do(
        self,
        _setting: Setting,
        _subject: SettingsSubject,
        _connection: Connection,
        _new: Mapping[str, str],
        _by: ByWhom,
    ) -> None:
        """Do it, with the values that are different."""

    def faults(self, wrong: InvalidInput, voice: Voice) -> dict[str, str]:
        """Return what is said beside each field that is refused."""
        return merchant_faults(wrong, voice)

    def after(self, _setting: Setting, _new: Mapping[str, str]) -> str:
        """Return where to go on, where it is not the section."""
        return ""

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for."""
        return self.fields(setting, subject_in(subject))

    def already(self, _setting: Setting, _subject: ActSubject) -> bool:
        """Return whether it has come to what it would come to."""
        return False

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it, after a rehearsal."""
        of, voice, deps = subject_in(subject), setting.voice, setting.front.deps
        fields = self.fields(setting, of)
        new = typed_into(setting, fields, whole=self.is_new)
        if fields and not new:
            raise Unfit(**{fields[0].name: voice.t("Nothing is different. Change something, or leave it as it is.")})

        async def done(by: ByWhom, *, rehearsing: bool) -> None:
            try:
                async with deps.transaction() as connection:
                    await self.do(setting, of, connection, new, by)
                    if rehearsing:
                        raise Rehearsed
            except Rehearsed:
                pass
            except InvalidInput as wrong:
                said = self.faults(wrong, voice)
                known = {one.name for one in fields}
                first = fields[0].name if fields else "why"
                asked = {self.renamed.get(name, name): text for name, text in said.items()}
                raise Unfit(**{name if name in known else first: text for name, text in asked.items()}) from None

        async def run(request: Request) -> str | ActShown:
            await done(setting.acting(request), rehearsing=False)
            return self.after(setting, new)

        await done(ByWhom(actor=setting.caller.manager.actor), rehearsing=True)
        effects = [_difference(one, new[one.name], voice) for one in fields if one.name in new and new[one.name] != ""]
        effects += [
            voice.t("{name}: nothing any more.", name=one.label)
            for one in fields
            if not self.is_new and one.name in new and new[one.name] == ""
        ]
        return ActPlan(effects=[*effects, *self.says(setting, of)], run=run)


def subject_in(subject: ActSubject) -> SettingsSubject:
    """Return what a setting is changed of."""
    assert isinstance(subject, SettingsSubject)
    return subject


def typed_into(setting: Setting, fields: Sequence[ActInput], *, whole: bool = False) -> dict[str, str]:
    """Return what was typed into fields that is different, by their names; `whole`: what stands, too."""
    typed = {one.name: _typed(setting, one) for one in fields}
    return {one.name: typed[one.name] for one in fields if whole or typed[one.name] != one.value}


def _typed(setting: Setting, one: ActInput) -> str:
    text = " ".join(setting.typed.get(one.name, "")[: one.longest].split())
    return ("yes" if text == "yes" else "") if one.kind == "check" else text


def _difference(one: ActInput, value: str, voice: Voice) -> str:
    names = dict(one.options)

    def shown(text: str) -> str:
        if one.kind == "check":
            return voice.t("yes") if text == "yes" else voice.t("no")
        return names.get(text, text) or voice.t("nothing")

    if one.value:
        return voice.t(
            "{name}: {after} instead of {before}.", name=one.label, after=shown(value), before=shown(one.value)
        )
    return voice.t("{name}: {after}.", name=one.label, after=shown(value))


async def section_page(
    front: StaffFront,
    caller: Caller,
    *,
    path: str,
    lead: str,
    values: Mapping[str, object],
    template: str = "settings/section.html",
    status: int = 200,
) -> Answer:
    """Return the page of a section, with the places beside it."""
    merchant, authority = caller.merchant, caller.authority
    assert merchant is not None
    assert authority is not None
    voice, home = front.voice(caller), f"/admin/{merchant.slug}"
    places = [one for one in SETTINGS_PLACES if may(authority.role, one.act)]
    name = next((one.name(voice) for one in SETTINGS_PLACES if one.path == path), "")
    shared = {
        "trail": trail_to(voice, merchant, (name, "")),
        "heading": name,
        "lead": lead,
        "places": [{"name": one.name(voice), "href": f"{home}{one.path}", "here": one.path == path} for one in places],
        "blocks": (),
        "acts_shown": (),
        "done": "",
        "problem": "",
    }
    return await front.page(caller, template, {**shared, **values}, status=status, here=f"{home}{path}")


def offers(
    caller: Caller, acts: Sequence[SettingsAct], subject: SettingsSubject, here: str, voice: Voice
) -> list[dict[str, object]]:
    """Return what the reader may do, as buttons."""
    assert caller.authority is not None
    return [
        {"name": one.title(voice), "href": f"{here}/{one.name}", "danger": one.danger}
        for one in acts
        if may(caller.authority.role, one.act) and one.offered(subject)
    ]


def said_of(caller: Caller, acts: Sequence[SettingsAct], voice: Voice) -> str:
    """Return what is said of what was just done."""
    done = caller.request.query_params.get("done", "")
    if done == WAITS:
        return voice.t("Another owner is asked by mail. Nothing has changed yet.")
    return next((one.done(voice) for one in acts if one.name == done), "")
