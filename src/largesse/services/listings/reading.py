"""Pages of lists, cut by keys: what is added meanwhile moves nothing from one page to another."""

from collections.abc import Sequence
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.db.listing import Condition, ListAsked, Listing, ListPage, ListSort, is_key_of, list_page
from largesse.kernel.errors import FieldError, InvalidInput

_views = load(__package__, "views.sql")


class CursorInvalid(InvalidInput):
    """What asks for the next page is no cursor that a page gave."""

    code = "cursor.invalid"
    message = "That is no cursor of this list. Send `next` of the page before as it was, or begin without one."


def _newest(query: str, key: str, column: str, *, kind: str = "timestamptz") -> Listing:
    return Listing(query=query, key=key, sorts={"newest": ListSort(column=column, kind=kind)})


CERTIFICATES_LISTED = _newest(_views.certificates_listed, "certificate_id", "issued_at")
ORDERS_LISTED = _newest(_views.orders_listed, "order_id", "placed_at")
OFFERINGS_LISTED = _newest(_views.offerings_listed, "offering_id", "created_at")
PARTNERS_LISTED = _newest(_views.partners_listed, "partner_id", "created_at")
INVOICES_LISTED = _newest(_views.invoices_listed, "invoice_id", "issued_on", kind="date")
PAYMENTS_LISTED = _newest(_views.payments_listed, "payment_id", "received_on", kind="date")
ENDPOINTS_LISTED = _newest(_views.endpoints_listed, "endpoint_id", "created_at")
# the ids of events are made in the order of time
DELIVERIES_LISTED = _newest(_views.deliveries_listed, "event_id", "event_id", kind="uuid")
LOCATIONS_LISTED = _newest(_views.locations_listed, "location_id", "created_at")
BATCHES_LISTED = _newest(_views.batches_listed, "batch_id", "created_at")
DEVICES_LISTED = _newest(_views.devices_listed, "device_id", "created_at")


async def page_of(
    connection: Connection,
    listing: Listing,
    merchant_id: UUID,
    *,
    where: Sequence[Condition] = (),
    after: str = "",
    limit: int,
) -> ListPage:
    """Return a page of a list, the newest first.

    Raises:
        CursorInvalid: `after` is no cursor of this list.
    """
    if after and not is_key_of(listing, after):
        raise CursorInvalid(fields=[FieldError("?after", CursorInvalid.code, CursorInvalid.message)])
    return await list_page(connection, listing, merchant_id, ListAsked(where=tuple(where), after=after, limit=limit))


async def order_of(connection: Connection, merchant_id: UUID, order_id: UUID) -> Row | None:
    """Return one order, as lists have it."""
    return await one_of(connection, ORDERS_LISTED, merchant_id, order_id)


async def one_of(connection: Connection, listing: Listing, merchant_id: UUID, one: UUID) -> Row | None:
    """Return the row of a list that has an id, None where it has none."""
    only = (Condition(listing.key, "=", one, "uuid"),)
    page = await page_of(connection, listing, merchant_id, where=only, limit=1)
    return page.rows[0] if page.rows else None


async def seals_after(connection: Connection, merchant_id: UUID, *, number: int, limit: int) -> list[Row]:
    """Return the seals of a merchant with a higher number than that one, in order."""
    return await connection.fetch(_views.seals_after, merchant_id, number, limit)
