"""Everything that leaves the installation: events written with what caused them, and their delivery, at least once."""

from largesse.outbox.addresses import Reach
from largesse.outbox.catalogue import MAIL_DUE, EventKind
from largesse.outbox.endpoints import (
    AddEndpoint,
    add_endpoint,
    disable_endpoint,
    notify_by_mail,
    open_notices,
    open_post_office,
    open_secrets,
    pause_endpoint,
    resend,
    resend_failed,
    resume_endpoint,
    rotate_secret,
)
from largesse.outbox.errors import DeliveryNotFound, EndpointInvalid, EndpointNotActive, EndpointNotFound
from largesse.outbox.hint import Notifier
from largesse.outbox.model import (
    Answer,
    Attempt,
    Claimed,
    Delivery,
    DeliveryStatus,
    Endpoint,
    EndpointStatus,
    Format,
    Parcel,
    Sender,
)
from largesse.outbox.post import Composed, NotWanted, Post, Settled
from largesse.outbox.relay import Relay, RelaySettings
from largesse.outbox.store import add_events, find_endpoint, hint, list_endpoints, publish, unpublished
from largesse.outbox.views import attempts_of, deliveries_export, find_delivery, list_deliveries, oldest_due, pending

__all__ = [
    "MAIL_DUE",
    "AddEndpoint",
    "Answer",
    "Attempt",
    "Claimed",
    "Composed",
    "Delivery",
    "DeliveryNotFound",
    "DeliveryStatus",
    "Endpoint",
    "EndpointInvalid",
    "EndpointNotActive",
    "EndpointNotFound",
    "EndpointStatus",
    "EventKind",
    "Format",
    "NotWanted",
    "Notifier",
    "Parcel",
    "Post",
    "Reach",
    "Relay",
    "RelaySettings",
    "Sender",
    "Settled",
    "add_endpoint",
    "add_events",
    "attempts_of",
    "deliveries_export",
    "disable_endpoint",
    "find_delivery",
    "find_endpoint",
    "hint",
    "list_deliveries",
    "list_endpoints",
    "notify_by_mail",
    "oldest_due",
    "open_notices",
    "open_post_office",
    "open_secrets",
    "pause_endpoint",
    "pending",
    "publish",
    "resend",
    "resend_failed",
    "resume_endpoint",
    "rotate_secret",
    "unpublished",
]
