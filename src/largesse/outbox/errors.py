"""What the outbox refuses: wrong endpoints, and work on endpoints or deliveries that do not stand ready for it."""

from largesse.kernel.errors import Conflict, InvalidInput, LargesseError, NotFound


class EndpointInvalid(InvalidInput):
    """An endpoint cannot be as described."""

    code = "endpoint.invalid"
    message = "This endpoint cannot be as described. Correct the fields listed and try again."


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


class EndpointWaits(Conflict):
    """An endpoint is new, and waits for an owner's word."""

    code = "endpoint.waits"
    message = (
        "This endpoint is new and waits for the word of an owner: until then nothing is sent there. An owner admits it "
        "on its page, the operator with `largesse endpoint admit`."
    )


class NothingAsked(Conflict):
    """Nothing about an endpoint waits for an owner's word."""

    code = "endpoint.nothing_asked"
    message = "Nothing about this endpoint waits for an owner's word: it was given or refused already."


class EndpointIsMail(Conflict):
    """An endpoint that sends mail was to be changed or removed."""

    code = "endpoint.is_mail"
    message = (
        "This endpoint sends mail to people, and each mail knows its own address: it cannot be changed or removed, "
        "only paused with `largesse endpoint pause`."
    )


class EndpointNotSigned(Conflict):
    """Mail notices have no secret."""

    code = "endpoint.not_signed"
    message = "This endpoint sends mail to people, which is not signed: it has no secret to rotate."


class RowsOutsideMonths(Conflict):
    """Rows of the outbox lie in no month's partition."""

    code = "database.rows_outside_months"
    message = (
        "Rows of the outbox lie in default partitions, where retention does not drop them. Their ids tell of a time "
        "that no month was made for: look for a machine whose clock is far ahead."
    )

    @classmethod
    def of(cls, counts: dict[str, int]) -> "RowsOutsideMonths":
        """Return the error that says how many rows of which tables there are; from a thousand on nobody counted."""
        return cls(f"{cls.message} Rows: {', '.join(f'{table} {count}' for table, count in sorted(counts.items()))}.")


class EventsExpired(LargesseError):
    """Somebody asks for events that are kept no longer; `oldest` is the number of the first that is."""

    code = "events.expired"

    def __init__(self, oldest: int) -> None:
        super().__init__(f"Events are kept for 13 months, and the oldest is number {oldest}. Go on after {oldest - 1}.")
        self.oldest = oldest
