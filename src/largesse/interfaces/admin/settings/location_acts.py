"""What is done about locations: add, change, close, open again, choose the usual one."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.locations import LegalEntity, Location, LocationChange
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.office.acts import ActInput, Setting, Unfit
from largesse.interfaces.admin.settings.address_inputs import ADDRESS, address_inputs
from largesse.interfaces.admin.settings.frame import SettingsAct, SettingsSubject
from largesse.kernel.where import BooksSale
from largesse.services.merchants import (
    add_location,
    edit_location,
    end_location,
    prefer_location,
    reopen_location,
)
from largesse.ui import Voice
from largesse.web.choices import chosen
from largesse.web.forms import whole_number

CODE_LENGTH_MAX: Final = 8
CUT_OFF_HOUR: Final = "4"
"""When the business day of a location begins, unless said otherwise."""


class LocationChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a location may belong to: legal entities by id."""

    entities: Mapping[str, LegalEntity]


class PlaceOfLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A location with what it may belong to; none where one is added."""

    merchant: Merchant
    choices: LocationChoices
    location: Location | None = None


def _place(subject: SettingsSubject) -> PlaceOfLocation:
    assert isinstance(subject.one, PlaceOfLocation)
    return subject.one


def _location(subject: SettingsSubject) -> Location:
    found = _place(subject).location
    assert found is not None
    return found


def _books(voice: Voice) -> tuple[tuple[str, str], ...]:
    return (
        (BooksSale.LARGESSE.value, voice.t("Largesse: redeeming is the sale")),
        (BooksSale.TILL.value, voice.t("your own till rings it up")),
    )


def location_fields(place: PlaceOfLocation, voice: Voice) -> Sequence[ActInput]:
    """Return what may be said of a location, as it stands."""
    one, merchant = place.location, place.merchant
    rate = one.default_rate if one else None
    entities = tuple(
        (key, entity.name)
        for key, entity in place.choices.entities.items()
        if entity.archived_at is None or (one and one.entity_id == entity.entity_id)
    )
    usual = next((key for key, entity in place.choices.entities.items() if entity.is_default), "")
    tax = voice.t("Tax rate where a redemption names none")
    return (
        ActInput(name="name", label=voice.t("Name"), value=one.name if one else "", hint=voice.t("As people call it.")),
        ActInput(
            name="place_code",
            label=voice.t("Code"),
            value=one.code if one else "",
            hint=voice.t("At most {count} capital letters, digits and dashes, such as SPA-2.", count=CODE_LENGTH_MAX),
        ),
        ActInput(
            name="entity",
            label=voice.t("Legal entity"),
            kind="choice",
            options=entities,
            value=str(one.entity_id) if one else usual,
        ),
        *address_inputs(one, voice),
        ActInput(
            name="time_zone",
            label=voice.t("Time zone"),
            value=(one.time_zone or "") if one else "",
            hint=voice.t("Left empty, {zone}, as the merchant’s.", zone=merchant.time_zone),
            required=False,
        ),
        ActInput(
            name="cut_off_hour",
            label=voice.t("Its business day begins at"),
            kind="choice",
            options=tuple((str(hour), f"{hour:02}:00") for hour in range(24)),
            value=str(one.cut_off_hour) if one else CUT_OFF_HOUR,
        ),
        ActInput(
            name="books_sale",
            label=voice.t("Who books the sale"),
            kind="choice",
            options=_books(voice),
            value=(one.books_sale if one else BooksSale.LARGESSE).value,
        ),
        ActInput(
            name="takes_money",
            label=voice.t("It is paid there"),
            kind="check",
            hint=voice.t("Otherwise its sales are paid on the buyer’s phone or by transfer."),
            value="yes" if one is None or one.takes_money else "",
            required=False,
        ),
        ActInput(
            name="rate_name",
            label=voice.t("Name of the tax rate"),
            value=rate.name if rate else "",
            hint=voice.t("Such as standard. Left empty, there is none."),
            required=False,
            group=tax,
        ),
        ActInput(
            name="rate_percent",
            label=voice.t("Percent"),
            value=f"{(rate.rate * 100).normalize():f}" if rate else "",
            required=False,
            group=tax,
        ),
    )


def location_facts(
    one: Location, merchant: Merchant, choices: LocationChoices, voice: Voice
) -> list[tuple[str, object]]:
    """Return what is said of a location."""
    rate = one.default_rate
    entity = choices.entities.get(str(one.entity_id))
    address = ", ".join(filter(None, [one.address, one.address2, one.zip, one.city, one.state]))
    facts: list[tuple[str, object]] = [
        (voice.t("Address"), address),
        (voice.t("Legal entity"), entity.name if entity else ""),
        (voice.t("Time zone"), one.time_zone or merchant.time_zone),
        (voice.t("Its business day begins at"), f"{one.cut_off_hour:02}:00"),
        (voice.t("Who books the sale"), dict(_books(voice))[one.books_sale.value]),
        (voice.t("Tax rate"), f"{rate.name}, {(rate.rate * 100).normalize():f} %" if rate else voice.t("none")),
    ]
    return [(name, value) for name, value in facts if value]


def _change(setting: Setting, new: Mapping[str, str], subject: SettingsSubject) -> LocationChange:
    """Return what is different.

    Raises:
        Unfit: of the tax rate, or the legal entity.
    """
    voice, place = setting.voice, _place(subject)
    rate, none = None, False
    if "rate_name" in new or "rate_percent" in new:
        name, percent = setting.text("rate_name"), setting.text("rate_percent").replace(",", ".")
        none = not name and not percent
        if not none:
            rate, faults = locations.read_rate(name, percent)
            if faults or rate is None:
                said = voice.t("Write a name such as standard, and 0 to 100 with at most four decimals.")
                raise Unfit(rate_percent=said)
    entity = place.choices.entities.get(new.get("entity", ""))
    if "entity" in new and entity is None:
        raise Unfit(entity=voice.t("Choose one of them."))
    hour = whole_number(new["cut_off_hour"]) if "cut_off_hour" in new else None
    return LocationChange(
        **{name: new[name] for name in ("name", "time_zone", *ADDRESS) if name in new},
        code=new["place_code"].upper() if "place_code" in new else None,
        entity_id=entity.entity_id if entity else None,
        cut_off_hour=hour,
        books_sale=chosen(new, "books_sale", BooksSale) if "books_sale" in new else None,
        takes_money=(new["takes_money"] == "yes") if "takes_money" in new else None,
        default_rate=rate,
        no_default_rate=none and place.location is not None,
    )


class LocationAct(SettingsAct):
    """What acts about locations share."""

    act = Act.LOCATIONS_EDIT
    renamed: Mapping[str, str] = {"code": "place_code"}  # the reason of an act has a field of that name


class AddLocationAct(LocationAct):
    """Open another location."""

    name = "new"
    is_new = True

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Add a location")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The location is there.")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        return location_fields(_place(subject), setting.voice)

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        entity = _place(subject).choices.entities.get(new.get("entity", ""))
        change = _change(setting, {name: text for name, text in new.items() if text}, subject)
        if entity is None:
            raise Unfit(entity=setting.voice.t("Choose one of them."))
        takes = new.get("takes_money") == "yes"
        change = msgspec.structs.replace(
            change, entity_id=None, takes_money=takes, name=new["name"], code=change.code or ""
        )
        await add_location(connection, entity, change, by=by, now=setting.now)


class ChangeLocationAct(LocationAct):
    """Change a location, from now on."""

    name = "change"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change it")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        return location_fields(_place(subject), setting.voice)

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what stays."""
        return [setting.voice.t("It counts from now on: what is booked keeps its day and its legal entity.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await edit_location(connection, _location(subject), _change(setting, new, subject), by=by, now=setting.now)


class CloseLocationAct(LocationAct):
    """Close a location."""

    name = "close"
    danger = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is open, and not the usual one."""
        return _location(subject).archived_at is None and not _location(subject).is_default

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Close it")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The location is closed.")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        voice = setting.voice
        return [voice.t("Nothing can be sold or redeemed there any more."), voice.t("What is booked there stays.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await end_location(connection, _location(subject), by=by, now=setting.now)


class ReopenLocationAct(LocationAct):
    """Open a location again."""

    name = "reopen"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is closed."""
        return _location(subject).archived_at is not None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Open it again")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        return [setting.voice.t("It is open again: devices may be moved there.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await reopen_location(connection, _location(subject), by=by, now=setting.now)


class PreferLocationAct(LocationAct):
    """Make a location the usual one."""

    name = "default"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: it is open, and not that already."""
        return _location(subject).archived_at is None and not _location(subject).is_default

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Make it the usual one")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it."""
        return [setting.voice.t("What happens nowhere else happens here, such as what the web shop sells.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        await prefer_location(connection, _location(subject), by=by, now=setting.now)


ADD_LOCATION: Final = AddLocationAct()
LOCATION_ACTS: Final = (ChangeLocationAct(), PreferLocationAct(), CloseLocationAct(), ReopenLocationAct())
