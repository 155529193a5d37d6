"""`/admin/{slug}/settings/locations` and `/entities`: where business is done, and who it is before the law."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler
from msgspec.structs import asdict

from largesse.domain import locations
from largesse.domain.locations import EntityUnknown, LegalEntity, Location, LocationUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActSubject, act_routes
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.entity_acts import ADD_ENTITY, ENTITY_ACTS, entity_facts
from largesse.interfaces.admin.settings.frame import (
    SETTINGS_PLACES,
    SettingsSubject,
    offers,
    said_of,
    section_page,
    version_of,
)
from largesse.interfaces.admin.settings.location_acts import (
    ADD_LOCATION,
    LOCATION_ACTS,
    LocationChoices,
    PlaceOfLocation,
    location_facts,
)
from largesse.ui import Voice
from largesse.web.errors import PageUnknown

LOCATIONS: Final = "/settings/locations"
ENTITIES: Final = "/settings/entities"


def _name_of(path: str, voice: Voice) -> str:
    return next(one.name(voice) for one in SETTINGS_PLACES if one.path == path)


def _lead_of(path: str, voice: Voice) -> str:
    return next(one.what(voice) for one in SETTINGS_PLACES if one.path == path)


class PlaceSections:
    """Answer about locations and legal entities."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def locations(self, caller: Caller) -> Answer:
        """Return the locations."""
        merchant = caller.merchant
        assert merchant is not None
        voice, here = self._front.voice(caller), f"/admin/{merchant.slug}{LOCATIONS}"
        async with self._deps.database.connection() as connection:
            found = await locations.locations(connection, merchant.merchant_id)
            choices = await choices_of(self._front, merchant)
        blocks = []
        for one in found:
            subject = location_subject(one, merchant, choices, voice)
            acts = offers(caller, LOCATION_ACTS, subject, f"{here}/{one.location_id}", voice)
            closed = one.archived_at is not None
            blocks.append(
                {
                    "title": f"{one.name} ({one.code})",
                    "badge": {"badge": voice.t("closed"), "kind": ""}
                    if closed
                    else {"badge": voice.t("usual"), "kind": "accent"}
                    if one.is_default
                    else None,
                    "facts": location_facts(one, merchant, choices, voice),
                    "acts": acts,
                    "note": voice.t("What happens nowhere else happens here, such as what the web shop sells.")
                    if one.is_default
                    else "",
                }
            )
        values = {
            "blocks": blocks,
            "acts_shown": offers(caller, [ADD_LOCATION], place_of(merchant, LOCATIONS, voice), here, voice),
            "done": said_of(caller, [*LOCATION_ACTS, ADD_LOCATION], voice),
        }
        return await section_page(self._front, caller, path=LOCATIONS, lead=_lead_of(LOCATIONS, voice), values=values)

    async def entities(self, caller: Caller) -> Answer:
        """Return the legal entities."""
        merchant = caller.merchant
        assert merchant is not None
        voice, here = self._front.voice(caller), f"/admin/{merchant.slug}{ENTITIES}"
        async with self._deps.database.connection() as connection:
            found = await locations.entities(connection, merchant.merchant_id)
        blocks = [
            {
                "title": one.name,
                "badge": {"badge": voice.t("archived"), "kind": ""}
                if one.archived_at
                else {"badge": voice.t("usual"), "kind": "accent"}
                if one.is_default
                else None,
                "facts": entity_facts(one, voice),
                "acts": offers(caller, ENTITY_ACTS, entity_subject(one, voice), f"{here}/{one.entity_id}", voice),
                "note": voice.t("It stands in the shop’s foot, and sells where nothing else is said.")
                if one.is_default
                else "",
            }
            for one in found
        ]
        values = {
            "blocks": blocks,
            "acts_shown": offers(caller, [ADD_ENTITY], place_of(merchant, ENTITIES, voice), here, voice),
            "done": said_of(caller, [*ENTITY_ACTS, ADD_ENTITY], voice),
        }
        return await section_page(self._front, caller, path=ENTITIES, lead=_lead_of(ENTITIES, voice), values=values)


async def choices_of(front: StaffFront, merchant: Merchant) -> LocationChoices:
    """Return the legal entities that a location may belong to, by id."""
    async with front.deps.database.connection() as connection:
        found = await locations.entities(connection, merchant.merchant_id)
    return LocationChoices(entities={str(one.entity_id): one for one in found})


def place_of(merchant: Merchant, path: str, voice: Voice, one: object = None) -> SettingsSubject:
    """Return the merchant, to which something is added."""
    name = _name_of(path, voice)
    return SettingsSubject(subject_id=merchant.merchant_id, version="new", path=path, section=name, one=one or merchant)


def location_subject(one: Location, merchant: Merchant, choices: LocationChoices, voice: Voice) -> SettingsSubject:
    """Return a location, as it is changed."""
    return SettingsSubject(
        subject_id=one.location_id,
        version=version_of(asdict(one)),
        path=LOCATIONS,
        section=_name_of(LOCATIONS, voice),
        name=one.name,
        one=PlaceOfLocation(merchant=merchant, choices=choices, location=one),
    )


def entity_subject(one: LegalEntity, voice: Voice) -> SettingsSubject:
    """Return a legal entity, as it is changed."""
    return SettingsSubject(
        subject_id=one.entity_id,
        version=version_of(asdict(one)),
        path=ENTITIES,
        section=_name_of(ENTITIES, voice),
        name=one.name,
        one=one,
    )


async def _new_location(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    choices = await choices_of(front, caller.merchant)
    one = PlaceOfLocation(merchant=caller.merchant, choices=choices)
    return place_of(caller.merchant, LOCATIONS, front.voice(caller), one)


async def _new_entity(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    return place_of(caller.merchant, ENTITIES, front.voice(caller))


async def _location(front: StaffFront, caller: Caller) -> ActSubject:
    merchant = caller.merchant
    assert merchant is not None
    try:
        async with front.deps.database.connection() as connection:
            wanted = str(caller.request.path_params["location_id"])[:60]
            one = await locations.find_location(connection, merchant.merchant_id, wanted)
    except LocationUnknown:
        raise PageUnknown from None
    return location_subject(one, merchant, await choices_of(front, merchant), front.voice(caller))


async def _entity(front: StaffFront, caller: Caller) -> ActSubject:
    merchant = caller.merchant
    assert merchant is not None
    try:
        async with front.deps.database.connection() as connection:
            wanted = str(caller.request.path_params["entity_id"])[:60]
            return entity_subject(
                await locations.find_entity(connection, merchant.merchant_id, wanted), front.voice(caller)
            )
    except EntityUnknown:
        raise PageUnknown from None


def place_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of locations and legal entities."""
    pages = PlaceSections(front)
    read = for_act(Act.SETTINGS_READ)
    places, bodies = (f"/admin/{{slug:str}}{path}" for path in (LOCATIONS, ENTITIES))
    back_places, back_bodies = (f"/admin/{{slug}}{path}" for path in (LOCATIONS, ENTITIES))
    return [
        front.route("GET", places, read, pages.locations),
        front.route("GET", bodies, read, pages.entities),
        *act_routes(front, [ADD_LOCATION], _new_location, path=places, here=back_places),
        *act_routes(front, [ADD_ENTITY], _new_entity, path=bodies, here=back_bodies),
        *act_routes(
            front,
            LOCATION_ACTS,
            _location,
            path=f"{places}/{{location_id:str}}",
            here=f"{back_places}/{{location_id}}",
            home=back_places,
        ),
        *act_routes(
            front,
            ENTITY_ACTS,
            _entity,
            path=f"{bodies}/{{entity_id:str}}",
            here=f"{back_bodies}/{{entity_id}}",
            home=back_bodies,
        ),
    ]
