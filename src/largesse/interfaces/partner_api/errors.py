"""What this door refuses itself, and which HTTP status stands for each refusal."""

from largesse.kernel.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InvalidInput,
    LargesseError,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from largesse.services.partners import OperationReused
from largesse.wire.codec import NotAcceptable, UnsupportedMediaType
from largesse.wire.errors import TooLarge


class PageUnknown(NotFound):
    """Say that this door has nothing at an address."""

    code = "page.not_found"
    message = "There is nothing at this address. Check it against the documentation."


class MethodRefused(LargesseError):
    """Say that an address does not take a method."""

    code = "method.not_allowed"
    message = "This address does not take that method. The Allow header says which it takes."

    def __init__(self, allow: str) -> None:
        super().__init__()
        self.allow = allow


class ParametersInvalid(InvalidInput):
    """Say that the query string or a header cannot be understood."""

    code = "parameters.invalid"
    message = "Some parameters cannot be understood. Correct those listed and send it again."


class InFlight(Conflict):
    """Say that the same Idempotency-Key is being worked on at this moment."""

    code = "idempotency.in_flight"
    message = "A request with this Idempotency-Key is still being worked on. Wait a moment and send it again."


class Throttled(Unavailable):
    """Say that there were too many wrong attempts."""

    code = "throttled"
    message = "There were too many attempts. Wait for the time that Retry-After names, then try again."


# The most special class of an error that stands here decides.
STATUSES: dict[type[LargesseError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodRefused: 405,
    NotAcceptable: 406,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    OperationReused: 422,
    Throttled: 429,
    LargesseError: 500,
    Unavailable: 503,
}


def status_of(error: LargesseError) -> int:
    """Return the HTTP status that an error is answered with."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def parameter_invalid(name: str, code: str, message: str) -> ParametersInvalid:
    """Return the error about one parameter or header."""
    return ParametersInvalid(fields=[FieldError(name, code, message)])
