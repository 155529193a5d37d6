"""Which HTTP status says what kind of failure: the one table that doors without a contract of their own answer by."""

from largesse.kernel.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LargesseError,
    NotFound,
    Unauthenticated,
    Unavailable,
)

STATUS_OF_KIND: dict[type[LargesseError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unavailable: 503,
    LargesseError: 500,
}


def kind_of(error: type[LargesseError]) -> type[LargesseError]:
    """Return the kind that `error` is of: its nearest ancestor in the table."""
    return next(kind for kind in error.__mro__ if kind in STATUS_OF_KIND)


def status_of(error: type[LargesseError]) -> int:
    """Return the HTTP status of an error class."""
    return STATUS_OF_KIND[kind_of(error)]
