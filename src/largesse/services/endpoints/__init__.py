"""Endpoints: who is told of orders and events, in which format, and what is posted there."""

from largesse.domain.orders import PhoneForm
from largesse.services.endpoints.caring import (
    AGAIN_REASON_MAX,
    admit_endpoint,
    decline_endpoint,
    endpoint_of,
    is_standing,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
    send_again,
    send_failed_again,
    try_out,
)
from largesse.services.endpoints.dependencies import EndpointDependencies
from largesse.services.endpoints.filling import Queued, billing_of, post_orders
from largesse.services.endpoints.formats import Format, phone_form_of, renderers
from largesse.services.endpoints.kinds import EventKind
from largesse.services.endpoints.managing import (
    AddEndpoint,
    ChangeEndpoint,
    add_endpoint,
    change_endpoint,
    customs_of,
    is_elsewhere,
    open_notices,
    remove_endpoint,
    reveal_phrases,
)
from largesse.services.endpoints.sample import EndpointNotPosted, Trial, try_endpoint
