"""The root of every error that a reader of Largesse may meet.

    LargesseError                 a refusal or fault with a stable code and a sentence that says what to do
    ├── InvalidInput              something given is wrong; carries every field that is
    ├── NotFound                  the thing named does not exist (or is not yours to see)
    ├── Conflict                  it clashes with what already stands
    ├── Forbidden                 it exists, and you may not
    ├── Unauthenticated           we do not know who you are
    └── Unavailable               not now: try again after `retry_after_s`

Domains subclass these, one small class per failure. The class says what kind of failure it is, so that an interface can
choose a status without knowing every code; the code says which one, and never changes.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of what was given.

    `field` is the name the sender used, `code` is stable (`amount.too_small`), `message` tells a person what to do.
    """

    field: str
    code: str
    message: str


class LargesseError(Exception):
    """A stable `code` and a sentence that tells the reader what to do.

    `index` is which of several things asked for at once was refused, where one refusal speaks for all of them.
    """

    code: ClassVar[str] = "internal"
    index: int | None = None
    message: str = "Something went wrong on our side. Try again; if it happens twice, tell the operator."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)
        if message is not None:
            self.message = message


class InvalidInput(LargesseError):
    """Refuse what was given, naming every field that is wrong, never only the first."""

    code = "input.invalid"
    message = "Some of what you sent cannot be accepted. Correct the fields listed and send it again."

    def __init__(self, message: str | None = None, *, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.fields = tuple(fields)


class NotFound(LargesseError):
    """The thing named does not exist."""

    code = "not_found"
    message = "There is nothing here by that name."


class Conflict(LargesseError):
    """The request clashes with what already stands."""

    code = "conflict"
    message = "This clashes with something that already exists."


class Forbidden(LargesseError):
    """The caller is known and may not do this."""

    code = "forbidden"
    message = "You may not do this."


class Unauthenticated(LargesseError):
    """The caller is not known. One uniform sentence, so that guessing learns nothing."""

    code = "unauthenticated"
    message = "The credentials are not valid. Check them, or ask for a new token."


class Unavailable(LargesseError):
    """The installation is too busy just now; `retry_after_s` seconds later is a good time to try again."""

    code = "unavailable"
    message = "We are too busy just now. Nothing was done; try again in a moment."

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
