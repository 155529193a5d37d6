"""What the outbox refuses: wrong endpoints, and work on endpoints or deliveries that do not stand ready for it."""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class EndpointInvalid(InvalidInput):
    """An endpoint cannot be added as described."""

    code = "endpoint.invalid"
    message = "This endpoint cannot be added. Correct the fields listed and try again."


class EndpointNotFound(NotFound):
    """There is no such endpoint."""

    code = "endpoint.not_found"
    message = "There is no endpoint of that id. `largesse endpoint list` shows those there are."


class DeliveryNotFound(NotFound):
    """This endpoint was never to be told of that event."""

    code = "delivery.not_found"
    message = "This endpoint has no delivery of that event. `largesse endpoint deliveries` shows those there are."


class EndpointNotActive(Conflict):
    """An endpoint must be resumed first."""

    code = "endpoint.not_active"
    message = "This endpoint is disabled, so nothing would be sent. Resume it first with `largesse endpoint resume`."


class EndpointNotPosted(Conflict):
    """A sample order cannot be posted to an endpoint that sends mail."""

    code = "endpoint.not_posted"
    message = (
        "This endpoint sends mail to people, and a sample order is for systems: nothing was sent. "
        "`largesse endpoint deliveries` shows its mails, and `largesse endpoint show` what the mail server said to one."
    )


class EndpointNotSigned(Conflict):
    """Mail notices have no secret."""

    code = "endpoint.not_signed"
    message = "This endpoint sends mail to people, which is not signed: it has no secret to rotate."
