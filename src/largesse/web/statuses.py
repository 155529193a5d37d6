"""Which HTTP status stands for which kind of error: one table for every interface."""

from typing import Final

from largesse.kernel.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LargesseError,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from largesse.ledger import CertificateMovedOn
from largesse.outbox import EventsExpired
from largesse.services.partners import OperationReused
from largesse.web.errors import MethodRefused, NotAcceptable, TooManyRequests, UnsupportedMediaType
from largesse.wire.errors import TooLarge

# The most special class of an error that stands here decides.
STATUSES: Final[dict[type[LargesseError], int]] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodRefused: 405,
    NotAcceptable: 406,
    Conflict: 409,
    EventsExpired: 410,
    CertificateMovedOn: 412,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    OperationReused: 422,
    TooManyRequests: 429,
    LargesseError: 500,
    Unavailable: 503,
}


def status_of(error: type[LargesseError]) -> int:
    """Return the HTTP status of an error class."""
    return next(STATUSES[kind] for kind in error.__mro__ if kind in STATUSES)
