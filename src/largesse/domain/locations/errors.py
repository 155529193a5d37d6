"""What can go wrong with legal entities and locations.

InvalidInput ├── EntityInvalid, LocationInvalid
NotFound     ├── EntityUnknown, LocationUnknown
Conflict     └── EntityTaken, EntityInUse, LocationTaken, LocationInUse, LocationClosed
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class EntityInvalid(InvalidInput):
    """Refuse a legal entity whose details cannot stand, naming every field that is wrong."""

    code = "entity.invalid"
    message = "This legal entity cannot be saved as it is. Correct the fields listed and try again."


class EntityUnknown(NotFound):
    """The merchant has no such legal entity."""

    code = "entity.unknown"
    message = "There is no legal entity by that name or id. `largesse entity list` shows them all."


class EntityTaken(Conflict):
    """The merchant has a legal entity of that name."""

    code = "entity.taken"
    message = "This merchant already has a legal entity of that name. Choose another name."


class EntityInUse(Conflict):
    """Something that goes on stands for the legal entity."""

    code = "entity.in_use"
    message = "Locations that are open belong to this legal entity. Close them first, or move them to another one."


class LocationInvalid(InvalidInput):
    """Refuse a location whose details cannot stand, naming every field that is wrong."""

    code = "location.invalid"
    message = "This location cannot be saved as it is. Correct the fields listed and try again."


class LocationUnknown(NotFound):
    """The merchant has no such location."""

    code = "location.unknown"
    message = "There is no location by that code or id. `largesse location list` shows them all."


class LocationTaken(Conflict):
    """The merchant has a location of that code."""

    code = "location.taken"
    message = "This merchant already has a location of that code. Choose another code."


class LocationInUse(Conflict):
    """Something that goes on happens at the location."""

    code = "location.in_use"
    message = "This is the merchant's default location, where its web shop sells. Make another one the default first."


class LocationClosed(Conflict):
    """The location was closed."""

    code = "location.closed"
    message = "This location is closed. Open it again with `largesse location reopen`, or name another one."
