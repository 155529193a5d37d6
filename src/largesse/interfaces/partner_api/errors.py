"""What the partner API alone refuses."""

from largesse.kernel.errors import Conflict, Forbidden


class InFlight(Conflict):
    """The same Idempotency-Key is being worked on at this moment."""

    code = "idempotency.in_flight"
    message = "A request with this Idempotency-Key is still being worked on. Wait a moment and send it again."


class HttpsRequired(Forbidden):
    """A proxy of ours was asked over plain http, where keys, tokens and numbers can be read on the way."""

    code = "https.required"
    message = "Use https. What you just sent over plain http could be read on the way: replace its key and password."
