"""`/admin/{slug}/settings/networks`: from where office and tills may be used."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain.merchants import Merchant
from largesse.domain.networks import WorkNetworks, work_networks
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActSubject, Setting, Unfit, act_routes
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
from largesse.services import tills
from largesse.services.staff import Manager
from largesse.ui import Voice

NETWORKS: Final = "/settings/networks"
_PATH: Final = f"/admin/{{slug:str}}{NETWORKS}"
_HERE: Final = f"/admin/{{slug}}{NETWORKS}"


def _networks(subject: SettingsSubject) -> WorkNetworks:
    assert isinstance(subject.one, WorkNetworks)
    return subject.one


class NetworkAct(SettingsAct):
    """What acts about networks share."""

    act = Act.NETWORKS

    def by(self, setting: Setting) -> Manager:
        """Return who does it."""
        return setting.caller.manager


class AddNetworkAct(NetworkAct):
    """Put a network on the list."""

    name = "add"
    is_new = True

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Add a network")

    def fields(self, setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        voice = setting.voice
        hint = voice.t("Such as 192.0.2.7 or 192.0.2.0/24. You come from {address}.", address=_from(setting.caller))
        return (
            ActInput(name="network", label=voice.t("Network"), hint=hint),
            ActInput(name="name", label=voice.t("What is there"), hint=voice.t("Such as Shop.")),
        )

    async def do(
        self, setting: Setting, _subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        who = self.by(setting)
        await tills.put_network(
            connection, setting.merchant, new["network"], new["name"], by=who, why=by.why, now=setting.now
        )


class RemoveNetworkAct(NetworkAct):
    """Take a network off the list."""

    name = "remove"
    danger = True
    is_new = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: there is one."""
        return bool(_networks(subject).networks)

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Remove a network")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        options = tuple((str(one.network), f"{one.network} ({one.name})") for one in _networks(subject).networks)
        return (ActInput(name="network", label=setting.voice.t("Network"), kind="choice", options=options),)

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        _keep_in(setting, _networks(subject), gone=new["network"])
        await tills.take_network(
            connection, setting.merchant, new["network"], by=self.by(setting), why=by.why, now=setting.now
        )


class BindNetworksAct(NetworkAct):
    """Let office and tills be used from the networks alone, or from everywhere."""

    name = "bind"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Bind office or tills")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is bound, as it stands."""
        now, voice = _networks(subject), setting.voice
        return (
            ActInput(
                name="office",
                label=voice.t("The office from these networks alone"),
                kind="check",
                required=False,
                value="yes" if now.binds_office else "",
            ),
            ActInput(
                name="tills",
                label=voice.t("The tills from these networks alone"),
                kind="check",
                required=False,
                value="yes" if now.binds_tills else "",
            ),
        )

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what helps who is locked out."""
        return [setting.voice.t("Whoever is locked out: “largesse network unbind” on the server lets everybody in.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        office, bound = setting.typed.get("office") == "yes", setting.typed.get("tills") == "yes"
        if office:
            _keep_in(setting, _networks(subject))
        await tills.change_binding(
            connection,
            setting.merchant,
            office=office,
            tills=bound,
            by=self.by(setting),
            why=by.why,
            now=setting.now,
        )


def _from(caller: Caller) -> str:
    return caller.client.address


def _keep_in(setting: Setting, now: WorkNetworks, *, gone: str = "") -> None:
    """Refuse that somebody locks themselves out.

    Raises:
        Unfit: the office would be bound to networks that they are not in.
    """
    if gone and not now.binds_office:
        return
    left = WorkNetworks(
        merchant_id=now.merchant_id, networks=tuple(one for one in now.networks if str(one.network) != gone)
    )
    if now.networks and not left.hold(_from(setting.caller)):
        field = "network" if gone else "office"
        said = setting.voice.t("You come from {address} and would be locked out.", address=_from(setting.caller))
        raise Unfit(**{field: said})


_ACTS: Final = (AddNetworkAct(), BindNetworksAct(), RemoveNetworkAct())


class NetworkSection:
    """Answer about networks."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the networks, and what is bound to them."""
        merchant = caller.merchant
        assert merchant is not None
        voice = self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            now = await work_networks(connection, merchant.merchant_id)
        facts: list[tuple[str, object]] = [(str(one.network), one.name) for one in now.networks]
        alone, everywhere = voice.t("from these networks alone"), voice.t("from everywhere")
        facts += [
            (voice.t("The office may be used"), alone if now.binds_office else everywhere),
            (voice.t("The tills may be used"), alone if now.binds_tills else everywhere),
            (voice.t("You come from"), _from(caller)),
        ]
        acts = offers(caller, _ACTS, subject_of(merchant, now, voice), _HERE.format(slug=merchant.slug), voice)
        values = {
            "blocks": [{"title": "", "facts": facts, "acts": acts, "note": ""}],
            "done": said_of(caller, _ACTS, voice),
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == NETWORKS)
        return await section_page(self._front, caller, path=NETWORKS, lead=lead, values=values)


def subject_of(merchant: Merchant, now: WorkNetworks, voice: Voice) -> SettingsSubject:
    """Return the networks, as they are changed."""
    said = [str(one.network) for one in now.networks], now.binds_office, now.binds_tills
    section = next(one.name(voice) for one in SETTINGS_PLACES if one.path == NETWORKS)
    return SettingsSubject(
        subject_id=merchant.merchant_id, version=version_of(*said), path=NETWORKS, section=section, one=now
    )


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    async with front.deps.database.connection() as connection:
        now = await work_networks(connection, caller.merchant.merchant_id)
    return subject_of(caller.merchant, now, front.voice(caller))


def network_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of networks."""
    return [
        front.route("GET", _PATH, for_act(Act.NETWORKS, back=_HERE), NetworkSection(front).show),
        *act_routes(front, _ACTS, _find, path=_PATH, here=_HERE),
    ]
