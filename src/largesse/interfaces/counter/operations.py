"""The operation that a form carries, so that it happens once however often it is sent.

A page makes it; it counts for the person, the device and the merchant that the page was made for, and for nobody else:
whoever learns an operation's id can neither have it done in their name nor learn what came of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.errors import NotFound
from largesse.kernel.ids import new_id
from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused

OPERATION_FIELD: Final = "operation"


class OperationUnknown(NotFound):
    """A form carries an operation that was not made for whoever sent it."""

    code = "counter.operation.unknown"
    message = "This form was made for somebody else, or elsewhere. Nothing was done: load the page again."


class _Operation(msgspec.Struct, frozen=True, array_like=True):
    operation_id: UUID


_OPERATIONS: Final = TokenKind("counter-operation", _Operation, length_max=200)


def new_operation(keys: SigningKeys, *, made_for: str, now: datetime) -> str:
    """Return what a form carries as its operation."""
    return write_operation(keys, new_id(now), made_for=made_for)


def write_operation(keys: SigningKeys, operation_id: UUID, *, made_for: str) -> str:
    """Return the same for an operation that has begun: the next page of it carries it on."""
    return _OPERATIONS.sign(keys, _Operation(operation_id), bound_to=made_for.encode())


def read_operation(keys: SigningKeys, fields: Mapping[str, str], *, made_for: str) -> UUID:
    """Return the operation that a form carries.

    Raises:
        OperationUnknown: it was not made for whoever sent the form.
    """
    try:
        return _OPERATIONS.read(keys, fields.get(OPERATION_FIELD, ""), bound_to=made_for.encode()).operation_id
    except TokenRefused:
        raise OperationUnknown from None
