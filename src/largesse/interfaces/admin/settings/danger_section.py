"""`/admin/{slug}/settings/danger`: close the shop on the web, open it again, and what it takes to end it all."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActSubject, Setting, act_routes
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
from largesse.kernel.money import Money
from largesse.services.merchants import close_shop, open_shop
from largesse.services.office import figures_of
from largesse.ui import Voice

DANGER: Final = "/settings/danger"
_PATH: Final = f"/admin/{{slug:str}}{DANGER}"
_HERE: Final = f"/admin/{{slug}}{DANGER}"


def _merchant(subject: SettingsSubject) -> Merchant:
    assert isinstance(subject.one, Merchant)
    return subject.one


class CloseShopAct(SettingsAct):
    """Sell nothing on the web any more."""

    name = "close"
    act = Act.SHOP_CLOSE
    danger = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is open."""
        return _merchant(subject).closed_at is None

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether it is closed."""
        assert isinstance(subject, SettingsSubject)
        return not self.offered(subject)

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Close the shop")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The shop is closed.")

    def says(self, setting: Setting, subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        voice, slug = setting.voice, _merchant(subject).slug
        return [
            voice.t("Within a minute nobody can buy at /{slug} any more; baskets stay, and cannot be paid.", slug=slug),
            voice.t("What is being paid just now still comes in, and is issued."),
            voice.t("Certificates stay good: balance, counter and mails go on, and so do partners and programs."),
            voice.t("You can open it again at any time."),
        ]  # fmt: skip

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await close_shop(connection, _merchant(subject), by=by, now=setting.now)


class OpenShopAct(CloseShopAct):
    """Sell on the web again."""

    name = "open"
    danger = False

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is closed."""
        return _merchant(subject).closed_at is not None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Open the shop again")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The shop is open.")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        return [setting.voice.t("Within a minute everything that is on sale can be bought again.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await open_shop(connection, _merchant(subject), by=by, now=setting.now)


_ACTS: Final = (CloseShopAct(), OpenShopAct())


class DangerSection:
    """Answer about what is hard to take back."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return whether the shop is open, and what it takes to end it all."""
        assert caller.merchant is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            merchant = await find_merchant(connection, caller.merchant.slug)
        left = (await figures_of(self._deps, merchant, now=now)).outstanding
        home = f"/admin/{merchant.slug}"
        closed = voice.moment(merchant.closed_at, zone=merchant.zone, now=now) if merchant.closed_at else ""
        values = {
            "blocks": [
                {
                    "title": voice.t("The shop on the web"),
                    "badge": {"badge": voice.t("closed"), "kind": "bad"}
                    if closed
                    else {"badge": voice.t("open"), "kind": "good"},
                    "facts": [(voice.t("Closed since"), closed)] if closed else [],
                    "acts": offers(caller, _ACTS, subject_of(merchant, voice), _HERE.format(slug=merchant.slug), voice),
                    "note": "",
                },
                {
                    "title": voice.t("End it all"),
                    "badge": None,
                    "facts": [(voice.t("Outstanding"), voice.money(Money(left, merchant.money)))],
                    "acts": [
                        {"name": voice.t("See what is outstanding"), "href": f"{home}/reports", "danger": False},
                        {"name": voice.t("People and roles"), "href": f"{home}/people", "danger": False},
                        {"name": voice.t("Payment accounts"), "href": f"{home}/settings/payments", "danger": False},
                    ],
                    "note": voice.t(
                        "Whoever holds a certificate has a right to what is on it, so a merchant is never deleted. "
                        "Close the shop, keep the counter until nothing is outstanding, then close the last month, "
                        "take an archive of the books, retire the payment accounts, and let everybody go but an owner."
                    ),
                },
            ],
            "done": said_of(caller, _ACTS, voice),
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == DANGER)
        return await section_page(self._front, caller, path=DANGER, lead=lead, values=values)


def subject_of(merchant: Merchant, voice: Voice) -> SettingsSubject:
    """Return the merchant, as it is closed or opened."""
    section = next(one.name(voice) for one in SETTINGS_PLACES if one.path == DANGER)
    version = version_of(merchant.closed_at)
    return SettingsSubject(
        subject_id=merchant.merchant_id, version=version, path=DANGER, section=section, name=merchant.name, one=merchant
    )


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    async with front.deps.database.connection() as connection:
        merchant = await find_merchant(connection, caller.merchant.slug)
    return subject_of(merchant, front.voice(caller))


def danger_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the danger zone."""
    return [
        front.route("GET", _PATH, for_act(Act.SHOP_CLOSE, back=_HERE), DangerSection(front).show),
        *act_routes(front, _ACTS, _find, path=_PATH, here=_HERE),
    ]
