"""What the partner API alone refuses."""

from largesse.kernel.errors import Conflict


class InFlight(Conflict):
    """The same Idempotency-Key is being worked on at this moment."""

    code = "idempotency.in_flight"
    message = "A request with this Idempotency-Key is still being worked on. Wait a moment and send it again."
