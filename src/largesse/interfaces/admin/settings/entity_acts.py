"""What is done about legal entities: add, change, archive, choose the usual one."""

from collections.abc import Mapping, Sequence
from typing import Final

from largesse.db import Connection
from largesse.domain.locations import EntityChange, LegalEntity
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.office.acts import ActInput, Setting
from largesse.interfaces.admin.settings.address_inputs import ADDRESS, address_inputs
from largesse.interfaces.admin.settings.frame import SettingsAct, SettingsSubject
from largesse.services.merchants import add_entity, edit_entity, end_entity, prefer_entity
from largesse.ui import Voice

_PARTS: Final = ("name", "legal_form", *ADDRESS, "register", "vat_id", "tax_id", "phone")


def _entity(subject: SettingsSubject) -> LegalEntity:
    assert isinstance(subject.one, LegalEntity)
    return subject.one


def entity_fields(one: LegalEntity | None, voice: Voice) -> Sequence[ActInput]:
    """Return what may be said of a legal entity, as it stands."""

    def text(name: str, label: str, hint: str = "", *, required: bool = False) -> ActInput:
        value = str(getattr(one, name)) if one else ""
        return ActInput(name=name, label=label, hint=hint, value=value, required=required)

    return (
        text("name", voice.t("Name"), voice.t("As its register writes it."), required=True),
        text("legal_form", voice.t("Legal form"), voice.t("As its law writes it: GmbH, Ltd, LLC.")),
        *address_inputs(one, voice),
        text("register", voice.t("Register"), voice.t("Where and under which number it is registered.")),
        text("vat_id", voice.t("VAT ID"), voice.t("With the country’s letters, such as DE136695976.")),
        text("tax_id", voice.t("Tax number"), voice.t("Of its own country, where that is another one.")),
        text("phone", voice.t("Telephone")),
    )


def entity_facts(one: LegalEntity, voice: Voice) -> list[tuple[str, object]]:
    """Return what is said of a legal entity."""
    address = ", ".join(filter(None, [one.address, one.address2, one.zip, one.city, one.state, one.country]))
    facts = (
        (voice.t("Legal form"), one.legal_form),
        (voice.t("Address"), address),
        (voice.t("Register"), one.register),
        (voice.t("VAT ID"), one.vat_id),
        (voice.t("Tax number"), one.tax_id),
        (voice.t("Telephone"), one.phone),
        (voice.t("Currency of its books"), one.currency),
    )
    return [(name, value) for name, value in facts if value]


def _change(new: Mapping[str, str]) -> EntityChange:
    return EntityChange(**{name: new[name] for name in _PARTS if name in new})


class EntityAct(SettingsAct):
    """What acts about legal entities share."""

    act = Act.LOCATIONS_EDIT


class AddEntityAct(EntityAct):
    """Add a legal entity."""

    name = "new"
    is_new = True

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Add a legal entity")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The legal entity is there.")

    def fields(self, setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        return entity_fields(None, setting.voice)

    async def do(
        self, setting: Setting, _subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await add_entity(connection, setting.merchant, _change(new), by=by, now=setting.now)


class ChangeEntityAct(EntityAct):
    """Change a legal entity."""

    name = "change"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change it")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        return entity_fields(_entity(subject), setting.voice)

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await edit_entity(connection, setting.merchant, _entity(subject), _change(new), by=by, now=setting.now)


class ArchiveEntityAct(EntityAct):
    """End the use of a legal entity."""

    name = "archive"
    danger = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is in use, and not the usual one."""
        return _entity(subject).archived_at is None and not _entity(subject).is_default

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Use it no more")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        return [setting.voice.t("No location can belong to it any more. What is booked for it stays.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await end_entity(connection, _entity(subject), by=by, now=setting.now)


class PreferEntityAct(EntityAct):
    """Make a legal entity the usual one."""

    name = "default"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is in use, and not that already."""
        return _entity(subject).archived_at is None and not _entity(subject).is_default

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Make it the usual one")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        return [setting.voice.t("It stands in the shop’s foot, and sells where nothing else is said.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await prefer_entity(connection, _entity(subject), by=by, now=setting.now)


ADD_ENTITY: Final = AddEntityAct()
ENTITY_ACTS: Final = (ChangeEntityAct(), PreferEntityAct(), ArchiveEntityAct())
