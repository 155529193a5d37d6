"""From a merchant, and the location that a caller names, to what the books ask of it.

Read in one statement, and remembered for a few seconds by whoever asks often: a change holds everywhere that much
later at most. What was booked before keeps the day and the legal entity that it was booked with.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from largesse import ledger
from largesse.db import Connection, Database, load
from largesse.db.connection import Row
from largesse.domain import merchants
from largesse.domain.locations import LocationClosed, LocationUnknown
from largesse.kernel.where import BooksSale, TaxRate, Where

REMEMBERED_FOR = timedelta(seconds=5)
REMEMBERED_MAX = 10_000

Wanted = tuple[UUID, UUID | None]
"""A merchant, and one of its locations; None is its default."""

_views = load(__package__, "views.sql")

_EXPIRED = {
    merchants.ExpiredGratuity.KEPT: ledger.Account.BREAKAGE_OF_GRATUITIES,
    merchants.ExpiredGratuity.OWED: ledger.Account.GRATUITIES_PAYABLE,
}


class Locator:
    """Where things happen, remembered for a few seconds by each process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: OrderedDict[Wanted, tuple[datetime, Where]] = OrderedDict()

    async def where(self, merchant_id: UUID, location_id: UUID | None = None, *, now: datetime) -> Where:
        """Return what the books ask of a location, or of the merchant's default.

        Raises:
            LocationUnknown: the merchant has none of that id.
            LocationClosed: it is closed.
        """
        wanted = merchant_id, location_id
        until, known = self._remembered.get(wanted, (None, None))
        # A clock that was set back remembers nothing for longer.
        if known is not None and until is not None and until - REMEMBERED_FOR <= now < until:
            return known
        async with self._database.connection() as connection:
            found = await where_of(connection, merchant_id, location_id)
        self._remembered[wanted] = now + REMEMBERED_FOR, found
        self._remembered.move_to_end(wanted)
        while len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return found

    async def last_known(self, merchant_id: UUID, location_id: UUID) -> Where:
        """Return what the books asked of a location that may be closed by now: for what happened there before.

        Raises:
            LocationUnknown: the merchant has none of that id.
        """
        async with self._database.connection() as connection:
            return await where_of(connection, merchant_id, location_id, closed_too=True)

    def forget(self, merchant_id: UUID) -> None:
        """Read anew what is asked next of a merchant; other processes do within seconds."""
        for wanted in [one for one in self._remembered if one[0] == merchant_id]:
            del self._remembered[wanted]


async def where_of(
    connection: Connection, merchant_id: UUID, location_id: UUID | None = None, *, closed_too: bool = False
) -> Where:
    """Return what the books ask of a location, or of the merchant's default, as it stands.

    Raises:
        LocationUnknown: the merchant has none of that id.
        LocationClosed: it is closed.
    """
    wanted = merchant_id, location_id
    return (await wheres_of(connection, [wanted], closed_too=closed_too))[wanted]


async def wheres_of(
    connection: Connection, wanted: Iterable[Wanted], *, closed_too: bool = False
) -> dict[Wanted, Where]:
    """Return the same for several, read in one statement: by merchant and location as they were asked for.

    Raises:
        LocationUnknown, LocationClosed: as `where_of`, for any of them.
    """
    asked = list(dict.fromkeys(wanted))
    rows = await connection.fetch(_views.wheres, [merchant for merchant, _ in asked], [one for _, one in asked])
    found = {}
    for row in rows:
        if row["archived_at"] is not None and not closed_too:
            raise LocationClosed
        found[row["merchant_id"], row["wanted_id"]] = _where(row)
    if len(found) < len(asked):
        raise LocationUnknown
    return found


async def where_of_entity(connection: Connection, merchant_id: UUID, entity_id: UUID) -> Where:
    """Return where rows of a legal entity are booked that no location is named for: at home where that is of it.

    Else at one of its own locations, those that are closed last; of an entity that has none, at home, in its books.
    """
    row = await connection.fetchrow(_views.place_of_entity, merchant_id, entity_id)
    location_id = row["location_id"] if row is not None else None
    where = await where_of(connection, merchant_id, location_id, closed_too=True)
    return replace(where, legal_entity_id=entity_id)


async def where_of_row(connection: Connection, row: ledger.Entry) -> Where:
    """Return where a row of the journal was booked, for what follows from it: its place, and its legal entity."""
    where = await where_of(connection, row.merchant_id, row.location_id, closed_too=True)
    return replace(where, legal_entity_id=row.legal_entity_id or where.legal_entity_id)


async def keep_home(connection: Connection, merchant_id: UUID) -> None:
    """Open the books of a merchant at its default location, or move them there when anything about it has changed.

    The books keep the merchant's limit of redemptions, too, and what becomes of gratuity that expires.
    """
    merchant = await merchants.merchant_of_id(connection, merchant_id)
    home = await where_of(connection, merchant_id)
    await ledger.keep_home(
        connection,
        home,
        redemptions_per_hour=merchant.redemptions_per_hour,
        expired_gratuity=_EXPIRED[merchant.expired_gratuity],
    )


def _where(row: Row) -> Where:
    name = row["default_rate_name"]
    return Where(
        merchant_id=row["merchant_id"],
        location_id=row["location_id"],
        legal_entity_id=row["entity_id"],
        country=row["country"],
        time_zone=row["time_zone"],
        cut_off_hour=row["cut_off_hour"],
        books_sale=BooksSale(row["books_sale"]),
        default_rate=None if name is None else TaxRate(name=name, rate=row["default_rate"]),
        takes_money=row["takes_money"],
    )
