"""Where a merchant sells and redeems, and its legal entities."""

from largesse.domain.locations.actions import (
    archive_entity,
    change_entity,
    change_location,
    close_location,
    create_defaults,
    create_entity,
    create_location,
    default_entity,
    default_location,
    find_entity,
    find_location,
    make_entity_default,
    make_location_default,
    reopen_location,
    restore_entity,
)
from largesse.domain.locations.checks import read_rate
from largesse.domain.locations.errors import (
    EntityInUse,
    EntityInvalid,
    EntityTaken,
    EntityUnknown,
    LocationClosed,
    LocationInUse,
    LocationInvalid,
    LocationTaken,
    LocationUnknown,
)
from largesse.domain.locations.model import EntityChange, LegalEntity, Location, LocationChange
from largesse.domain.locations.store import entities, locations, lock
from largesse.domain.locations.views import codes
