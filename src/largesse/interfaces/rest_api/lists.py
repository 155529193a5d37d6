"""What a program may list: pages cut by keys, which what is added meanwhile does not move."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from largesse.db.connection import Row
from largesse.db.listing import Condition, Listing
from largesse.domain.orders import OrderNotFound
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api import list_messages as told
from largesse.interfaces.rest_api.looking import shown_certificate
from largesse.interfaces.rest_api.reading import INVALID, RequestInvalid
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, Work, reading
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import plain
from largesse.ledger import Status
from largesse.services import listings
from largesse.services.certificates import locate_id

_MONEY = {
    told.CertificateListed: ("balance", "held", "gratuity_balance", "gratuity_held"),
    told.OrderShown: ("amount", "tip", "discount", "tax", "total"),
    told.OfferingListed: ("amount_min", "amount_max", "price"),
}


def _shown(row: Row, kind: type[msgspec.Struct]) -> Any:
    """Return a row as its message: amounts as decimal texts."""
    values = dict(row)
    for name in _MONEY.get(kind, ()):
        values[name] = None if values[name] is None else plain(values[name], currency(values["currency"]))
    if kind is told.CertificateListed:
        values["sequence"] = values.pop("seq")
    if kind is told.OfferingListed:
        values["presets"] = [plain(one, currency(values["currency"])) for one in values["presets"]]
    return kind(**values)


def _listed(
    listing: Listing,
    kind: type[msgspec.Struct],
    page: Any,
    conditions: Callable[[RestCaller], Sequence[Condition]] = lambda _caller: (),
) -> Work:
    """Return the work of a list."""

    async def work(caller: RestCaller) -> RestAnswer:
        asked: told.PageAsked = caller.parameters
        async with caller.deps.database.connection() as connection:
            found = await listings.page_of(
                connection,
                listing,
                caller.merchant.merchant_id,
                where=conditions(caller),
                after=asked.after,
                limit=asked.limit,
            )
        more = {"as_of": caller.now} if page is told.CertificatesPage else {}
        return RestAnswer(value=page(data=[_shown(row, kind) for row in found.rows], next=found.after or None, **more))

    return work


def _some(**given: tuple[str, str, object, str]) -> list[Condition]:
    """Return the conditions of what is asked for; what is None is not."""
    return [Condition(*one) for one in given.values() if one[2] is not None]


def _certificates(caller: RestCaller) -> list[Condition]:
    asked: told.CertificatesAsked = caller.parameters
    if asked.status is not None and asked.status not in set(Status):
        message = f"Ask for one of {', '.join(one.value for one in Status)}."
        raise RequestInvalid(fields=[FieldError("?status", INVALID, message)])
    return _some(
        status=("status", "=", asked.status, "text"),
        currency=("currency", "=", asked.currency, "text"),
        since=("issued_at", ">=", asked.issued_since, "timestamptz"),
        until=("issued_at", "<", asked.issued_until, "timestamptz"),
    )


def _orders(caller: RestCaller) -> list[Condition]:
    asked: told.OrdersAsked = caller.parameters
    return _some(
        status=("status", "=", asked.status, "text"),
        refcode=("refcode", "=", asked.refcode, "text"),
        number=("order_number", "=", asked.order_number, "text"),
        since=("placed_at", ">=", asked.placed_since, "timestamptz"),
        until=("placed_at", "<", asked.placed_until, "timestamptz"),
    )


def _deliveries(caller: RestCaller) -> list[Condition]:
    asked: told.DeliveriesAsked = caller.parameters
    return _some(
        endpoint=("endpoint_id", "=", caller.ids["endpoint_id"], "uuid"),
        status=("status", "=", asked.status, "text"),
    )


async def order(caller: RestCaller) -> RestAnswer:
    """Show an order, and with it its certificate where that is asked for."""
    asked: told.OrderAsked = caller.parameters
    if asked.expand not in {"", "certificate"}:
        raise RequestInvalid(fields=[FieldError("?expand", INVALID, "Ask for certificate, or leave it out.")])
    async with caller.deps.database.connection() as connection:
        row = await listings.order_of(connection, caller.merchant.merchant_id, caller.ids["order_id"])
    if row is None:
        raise OrderNotFound
    shown: told.OrderShown = _shown(row, told.OrderShown)
    if asked.expand and shown.certificate_id is not None:
        found = await locate_id(caller.deps, caller.merchant, shown.certificate_id)
        shown = msgspec.structs.replace(shown, certificate=shown_certificate(found, now=caller.now))
    return RestAnswer(value=shown)


async def seals(caller: RestCaller) -> RestAnswer:
    """List the seals."""
    asked: told.SealsAsked = caller.parameters
    async with caller.deps.database.connection() as connection:
        rows = await listings.seals_after(
            connection, caller.merchant.merchant_id, number=asked.after, limit=asked.limit + 1
        )
    data = [told.SealListed(**dict(row)) for row in rows[: asked.limit]]
    return RestAnswer(value=told.SealsPage(data=data, has_more=len(rows) > asked.limit))


def _route(path: str, name: str, summary: str, *, scope: KeyScope, work: Work, gives: type, **more: Any) -> RestRoute:
    asked = more.pop("parameters", told.PageAsked)
    return reading(path, name, summary, scope=scope, work=work, gives=gives, parameters=asked, **more)


ROUTES: tuple[RestRoute, ...] = (
    _route(
        "/certificates",
        "listCertificates",
        "List certificates, the newest first.",
        scope=KeyScope.CERTIFICATES_READ,
        work=_listed(listings.CERTIFICATES_LISTED, told.CertificateListed, told.CertificatesPage, _certificates),
        gives=told.CertificatesPage,
        parameters=told.CertificatesAsked,
    ),
    _route(
        "/orders",
        "listOrders",
        "List orders, the newest first.",
        scope=KeyScope.ORDERS_READ,
        work=_listed(listings.ORDERS_LISTED, told.OrderShown, told.OrdersPage, _orders),
        gives=told.OrdersPage,
        parameters=told.OrdersAsked,
        tag="Orders",
    ),
    _route(
        "/orders/{order_id}",
        "showOrder",
        "Show an order, with its certificate where that is asked for.",
        scope=KeyScope.ORDERS_READ,
        work=order,
        gives=told.OrderShown,
        parameters=told.OrderAsked,
        tag="Orders",
    ),
    _route(
        "/offerings",
        "listOfferings",
        "List what is on sale, or was.",
        scope=KeyScope.CATALOGUE_READ,
        work=_listed(listings.OFFERINGS_LISTED, told.OfferingListed, told.OfferingsPage),
        gives=told.OfferingsPage,
        tag="Catalogue",
    ),
    _route(
        "/partners",
        "listPartners",
        "List who orders on account.",
        scope=KeyScope.PARTNERS_READ,
        work=_listed(listings.PARTNERS_LISTED, told.PartnerListed, told.PartnersPage),
        gives=told.PartnersPage,
        tag="Partners",
    ),
    _route(
        "/endpoints",
        "listEndpoints",
        "List who is told of events.",
        scope=KeyScope.DELIVERIES_READ,
        work=_listed(listings.ENDPOINTS_LISTED, told.EndpointListed, told.EndpointsPage),
        gives=told.EndpointsPage,
        tag="Events",
    ),
    _route(
        "/endpoints/{endpoint_id}/deliveries",
        "listDeliveries",
        "List what an endpoint was told of, or waits to be.",
        scope=KeyScope.DELIVERIES_READ,
        work=_listed(listings.DELIVERIES_LISTED, told.DeliveryListed, told.DeliveriesPage, _deliveries),
        gives=told.DeliveriesPage,
        parameters=told.DeliveriesAsked,
        tag="Events",
    ),
    _route(
        "/locations",
        "listLocations",
        "List where business is done.",
        scope=KeyScope.SETTINGS_READ,
        work=_listed(listings.LOCATIONS_LISTED, told.LocationListed, told.LocationsPage),
        gives=told.LocationsPage,
        tag="Places",
    ),
    _route(
        "/devices",
        "listDevices",
        "List what people work with.",
        scope=KeyScope.SETTINGS_READ,
        work=_listed(listings.DEVICES_LISTED, told.DeviceListed, told.DevicesPage),
        gives=told.DevicesPage,
        tag="Places",
    ),
    _route(
        "/seals",
        "listSeals",
        "List the seals of the journal, the oldest first.",
        scope=KeyScope.REPORTS_READ,
        work=seals,
        gives=told.SealsPage,
        parameters=told.SealsAsked,
        tag="Books",
    ),
)
