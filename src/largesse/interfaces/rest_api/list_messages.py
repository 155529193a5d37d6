"""What lists show, as types."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.interfaces.rest_api.messages import AmountText, CertificateShown, CurrencyText

Next = Annotated[str | None, Meta(description="Send it as `after` for the next page; null at the end.")]


class PageAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a list."""

    after: Annotated[str, Meta(max_length=200, description="`next` of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class CertificatesAsked(PageAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which certificates."""

    status: str | None = None
    currency: CurrencyText | None = None
    issued_since: Annotated[datetime, Meta(tz=True)] | None = None
    issued_until: Annotated[datetime, Meta(tz=True)] | None = None


class OrdersAsked(PageAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which orders."""

    status: str | None = None
    refcode: Annotated[str, Meta(max_length=20)] | None = None
    order_number: Annotated[str, Meta(max_length=13)] | None = None
    placed_since: Annotated[datetime, Meta(tz=True)] | None = None
    placed_until: Annotated[datetime, Meta(tz=True)] | None = None


class OrderAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an order's children is shown with it."""

    expand: Annotated[str, Meta(max_length=40, description="certificate")] = ""


class DeliveriesAsked(PageAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deliveries of an endpoint."""

    status: str | None = None


class SealsAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which seals: those after a number."""

    after: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class EventsAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events: those after a number, oldest first."""

    after: Annotated[int, Meta(ge=0, le=2**62, description="The last that you have; else from the oldest.")] | None = (
        None
    )
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    type: Annotated[str, Meta(max_length=40)] | None = None


class ReportAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which business days, and as known when."""

    since: date | None = None
    until: Annotated[date, Meta(description="Not included.")] | None = None
    known_at: Annotated[datetime, Meta(tz=True)] | None = None


class CertificateListed(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate in a list."""

    certificate_id: UUID
    status: str
    class_of_value: str
    currency: CurrencyText
    balance: AmountText
    held: AmountText
    gratuity_balance: AmountText
    gratuity_held: AmountText
    good_through: date | None
    order_number: str | None
    issued_at: datetime
    sequence: int


class CertificatesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of certificates, the newest first."""

    data: list[CertificateListed]
    next: Next
    as_of: datetime


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    """An order."""

    order_id: UUID
    order_number: str
    status: str
    channel: str
    currency: CurrencyText
    amount: AmountText
    tip: AmountText
    discount: AmountText
    tax: AmountText
    total: AmountText
    description: str
    refcode: str | None
    third_party_identifier: str | None
    partner_id: UUID | None
    certificate_id: UUID | None
    recipient_first_name: str
    recipient_last_name: str
    recipient_email: str
    placed_at: datetime
    issued_at: datetime | None
    certificate: CertificateShown | msgspec.UnsetType = msgspec.UNSET


class OrdersPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of orders, the newest first."""

    data: list[OrderShown]
    next: Next


class OfferingListed(msgspec.Struct, frozen=True, kw_only=True):
    """What is on sale, or was."""

    offering_id: UUID
    slug: str
    kind: str
    status: str
    title: str
    description: str
    currency: CurrencyText
    presets: list[AmountText]
    amount_min: AmountText | None
    amount_max: AmountText | None
    price: AmountText | None
    available_from: datetime | None
    available_until: datetime | None
    stock: int | None
    taken: int
    created_at: datetime


class OfferingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of offerings, the newest first."""

    data: list[OfferingListed]
    next: Next


class PartnerListed(msgspec.Struct, frozen=True, kw_only=True):
    """Who orders on account."""

    partner_id: UUID
    name: str
    contact_email: str
    phone: str
    created_at: datetime


class PartnersPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of partners, the newest first."""

    data: list[PartnerListed]
    next: Next


class EndpointListed(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of events; the address without its query, which may hold a secret."""

    endpoint_id: UUID
    format: str
    address: str
    events: list[str]
    ordered: bool
    status: str
    status_reason: str | None
    failing_since: datetime | None
    created_at: datetime


class EndpointsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of endpoints, the newest first."""

    data: list[EndpointListed]
    next: Next


class DeliveryListed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of telling an endpoint of an event."""

    event_id: UUID
    endpoint_id: UUID
    status: str
    attempts: int
    queued_at: datetime
    next_attempt_at: datetime
    settled_at: datetime | None


class DeliveriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of deliveries, of the newest event first."""

    data: list[DeliveryListed]
    next: Next


class LocationListed(msgspec.Struct, frozen=True, kw_only=True):
    """Where business is done."""

    location_id: UUID
    code: str
    name: str
    country: str
    time_zone: str | None
    books_sale: str
    takes_money: bool
    is_default: bool
    created_at: datetime
    archived_at: datetime | None


class LocationsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of locations, the newest first."""

    data: list[LocationListed]
    next: Next


class DeviceListed(msgspec.Struct, frozen=True, kw_only=True):
    """What people work with."""

    device_id: UUID
    location_id: UUID
    name: str
    kind: str
    enrolled_at: datetime | None
    confirmed_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class DevicesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of devices, the newest first."""

    data: list[DeviceListed]
    next: Next


class SealListed(msgspec.Struct, frozen=True, kw_only=True):
    """A seal of the journal; hashes in hexadecimal."""

    number: int
    cut: datetime
    leaf_count: int
    row_count: int
    totals: str
    root: str
    previous: str
    hash: str
    made_at: datetime


class SealsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Seals, the oldest first."""

    data: list[SealListed]
    has_more: bool


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """An event; `number` counts them without gaps, given once it had been committed."""

    number: int
    id: UUID
    type: str
    version: int
    timestamp: datetime
    data: msgspec.Raw


class EventsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events, the oldest first. Send `next` as `after` to go on, also where nothing is left now."""

    data: list[EventShown]
    next: int
    has_more: bool


class ReportLineShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a report."""

    currency: CurrencyText
    name: str
    amounts: dict[str, str]


class ReportShown(msgspec.Struct, frozen=True, kw_only=True):
    """A report; `provisional` where not all of what was known by then is sealed."""

    lines: list[ReportLineShown]
    provisional: bool
    as_of: datetime
