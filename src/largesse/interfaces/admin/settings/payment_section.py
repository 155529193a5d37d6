"""`/admin/{slug}/settings/payments`: the merchant's own payment accounts, with keys that nobody sees."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import payment_accounts, payments
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccount, PaymentAccountNotFound
from largesse.domain.payments import PaymentInstructions
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActSubject, act_routes
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.by_hand_acts import BY_HAND_ACTS, PAYMENTS, ByHand, by_hand_facts
from largesse.interfaces.admin.settings.frame import (
    SETTINGS_PLACES,
    SettingsSubject,
    offers,
    said_of,
    section_page,
    version_of,
)
from largesse.interfaces.admin.settings.payment_acts import ACCOUNT_ACTS, ADD_ACCOUNT
from largesse.services.payment_accounts import address_of
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id

_PATH: Final = f"/admin/{{slug:str}}{PAYMENTS}"
_HERE: Final = f"/admin/{{slug}}{PAYMENTS}"


class PaymentSection:
    """Answer about payment accounts."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the accounts: their keys are seen by nobody."""
        merchant = caller.merchant
        assert merchant is not None
        voice, here = self._front.voice(caller), _HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await payment_accounts.list_accounts(connection, merchant.merchant_id)
            told = await payments.instructions_of(connection, merchant.merchant_id, merchant.currency)
        by_hand = {
            "title": voice.t("Paying by hand"),
            "badge": None if told else {"badge": voice.t("not offered"), "kind": ""},
            "facts": by_hand_facts(told, voice),
            "acts": offers(caller, BY_HAND_ACTS, _by_hand(merchant, told, voice), f"{here}/by-hand", voice),
            "note": ""
            if told
            else voice.t("Say how to pay, and buyers are offered to pay by transfer or at a counter."),
        }
        none = {
            "title": voice.t("No account of your own yet"),
            "badge": None,
            "note": voice.t("Buyers pay by what the installation offers, or by hand."),
            "facts": (),
            "acts": (),
        }
        blocks = [
            {
                "title": one.label,
                "badge": _state(one, voice),
                "facts": self._facts(one, merchant, voice),
                "acts": offers(caller, ACCOUNT_ACTS, subject_of(one, voice), f"{here}/{one.account_id}", voice),
                "note": voice.t("Enter the callback address at the provider, then its signing secret here.")
                if one.signing is None and one.retired_at is None
                else "",
            }
            for one in found
        ]
        values = {
            "blocks": [*blocks, by_hand] if blocks else [none, by_hand],
            "acts_shown": offers(caller, [ADD_ACCOUNT], _place(merchant, voice), here, voice),
            "done": said_of(caller, [*ACCOUNT_ACTS, ADD_ACCOUNT, *BY_HAND_ACTS], voice),
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == PAYMENTS)
        return await section_page(self._front, caller, path=PAYMENTS, lead=lead, values=values)

    def _facts(self, one: PaymentAccount, merchant: Merchant, voice: Voice) -> list[tuple[str, object]]:
        now = self._deps.clock.now()
        return [
            (voice.t("Provider"), one.gateway),
            (voice.t("Its own name there"), one.remote_id),
            (voice.t("Money"), voice.t("real") if one.live else voice.t("test mode, none is real")),
            (voice.t("Callback address"), address_of(self._deps.base_url, merchant, one.gateway, one.account_id)),
            (voice.t("Checked"), voice.moment(one.checked_at, zone=merchant.zone, now=now)),
        ]


def _state(one: PaymentAccount, voice: Voice) -> dict[str, str]:
    if one.retired_at is not None:
        return {"badge": voice.t("takes nothing new"), "kind": ""}
    if one.signing is None:
        return {"badge": voice.t("no callbacks yet"), "kind": "warn"}
    return (
        {"badge": voice.t("takes payments"), "kind": "good"}
        if one.is_default
        else {
            "badge": voice.t("ready"),
            "kind": "",
        }
    )


def subject_of(one: PaymentAccount, voice: Voice) -> SettingsSubject:
    """Return an account, as it is changed."""
    section = next(place.name(voice) for place in SETTINGS_PLACES if place.path == PAYMENTS)
    version = version_of(one.revision, one.is_default, one.retired_at)
    return SettingsSubject(
        subject_id=one.account_id, version=version, path=PAYMENTS, section=section, name=one.label, one=one
    )


def _place(merchant: Merchant, voice: Voice) -> SettingsSubject:
    section = next(place.name(voice) for place in SETTINGS_PLACES if place.path == PAYMENTS)
    return SettingsSubject(subject_id=merchant.merchant_id, version="new", path=PAYMENTS, section=section, one=merchant)


def _by_hand(merchant: Merchant, told: PaymentInstructions | None, voice: Voice) -> ByHand:
    section = next(place.name(voice) for place in SETTINGS_PLACES if place.path == PAYMENTS)
    return ByHand(
        subject_id=merchant.merchant_id,
        version=version_of(told),
        path=PAYMENTS,
        section=section,
        currency=merchant.currency,
        told=told,
    )


async def _find_by_hand(front: StaffFront, caller: Caller) -> ActSubject:
    merchant = caller.merchant
    assert merchant is not None
    async with front.deps.database.connection() as connection:
        told = await payments.instructions_of(connection, merchant.merchant_id, merchant.currency)
    return _by_hand(merchant, told, front.voice(caller))


async def _new(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    return _place(caller.merchant, front.voice(caller))


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    wanted = an_id(str(caller.request.path_params["account_id"]))
    if wanted is None:
        raise PageUnknown
    try:
        async with front.deps.database.connection() as connection:
            one = await payment_accounts.find_account(connection, caller.merchant.merchant_id, wanted)
    except PaymentAccountNotFound:
        raise PageUnknown from None
    return subject_of(one, front.voice(caller))


def payment_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of payment accounts."""
    one, here = f"{_PATH}/{{account_id:str}}", f"{_HERE}/{{account_id}}"
    return [
        front.route("GET", _PATH, for_act(Act.PAYMENT_ACCOUNTS, back=_HERE), PaymentSection(front).show),
        *act_routes(front, [ADD_ACCOUNT], _new, path=_PATH, here=_HERE),
        *act_routes(front, BY_HAND_ACTS, _find_by_hand, path=f"{_PATH}/by-hand", here=f"{_HERE}/by-hand", home=_HERE),
        *act_routes(front, ACCOUNT_ACTS, _find, path=one, here=here, home=_HERE),
    ]
