"""Everything that leaves: events written with what caused them, and their delivery, at least once.

It knows how to deliver and nothing of what events say: renderers and the mail writer are handed to the relay.
"""

from largesse.outbox.addresses import Address, Reach, literal, normalise_url
from largesse.outbox.asking import admit_endpoint, ask_for_address, decline_endpoint
from largesse.outbox.dataset import deliveries_dataset
from largesse.outbox.endpoints import (
    EndpointChange,
    NewEndpoint,
    add_endpoint,
    change_endpoint,
    disable_endpoint,
    notify_by_mail,
    open_mail_endpoint,
    open_notices,
    open_private,
    open_secrets,
    pause_endpoint,
    remove_endpoint,
    resend,
    resend_failed,
    resume_endpoint,
    rotate_secret,
    sendable,
    standing_endpoint,
)
from largesse.outbox.erasing import About, erase
from largesse.outbox.errors import (
    DeliveryNotFound,
    EndpointInvalid,
    EndpointIsMail,
    EndpointNotActive,
    EndpointNotFound,
    EndpointNotSigned,
    EndpointWaits,
    EventsExpired,
    NothingAsked,
)
from largesse.outbox.hint import Notifier
from largesse.outbox.mail_writer import Composed, MailWriter, NotWanted, Settled
from largesse.outbox.model import (
    ANSWER_BYTES_MAX,
    EMAIL,
    ENDPOINT_DISABLED,
    MAIL_DUE,
    MAIL_SCHEME,
    AskedOfEndpoint,
    Attempt,
    Claimed,
    Delivery,
    DeliveryStatus,
    Endpoint,
    EndpointStatus,
    Parcel,
    ReceiverAnswer,
    Rendered,
    Renderer,
    Sender,
    Target,
)
from largesse.outbox.months import MONTHLY, drop_old_months, keep_months
from largesse.outbox.numbering import NumberedEvents, events_after, number_events
from largesse.outbox.packing import MASK, Packed, Unrenderable, json_webhook, pack
from largesse.outbox.recording import EndpointDisabled
from largesse.outbox.relay import Relay, RelaySettings
from largesse.outbox.resealing import EndpointSecrets
from largesse.outbox.retention import Keeping, forget_old
from largesse.outbox.store import (
    add_events,
    find_endpoint,
    hint,
    list_endpoints,
    publish,
    publish_once,
    queue_for,
)
from largesse.outbox.views import (
    attempts_of,
    deliveries_export,
    find_delivery,
    list_deliveries,
    newest_at,
    oldest_due,
    pending,
)
