"""From bytes to messages, with everything that is wrong told at once, each with a pointer to where it is (RFC 6901).

What is right is decoded in one step; only what is wrong is walked through field by field.
"""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

from largesse.kernel.errors import FieldError, InvalidInput
from largesse.wire.errors import Malformed

REQUIRED: Final = "field.required"
UNKNOWN: Final = "field.unknown"
INVALID: Final = "field.invalid"
_ROOT: Final = "$"
_QUOTED_MAX: Final = 60
# PostgreSQL keeps no text with a NUL in it, and looks for none.
_NUL: Final = b"\\u0000"
_NO_NUL: Final = "No text may have a NUL in it. Take it out."

Message = TypeVar("Message", bound=msgspec.Struct)


class RequestInvalid(InvalidInput):
    """Fields of a body or parameters of a query are missing, not known, or not what they must be."""

    code = "request.invalid"
    message = "Something in this request cannot be understood. Correct what is listed and send it again."


def read_body(body: bytes, message: type[Message]) -> Message:
    """Return the message that a body of JSON is.

    Raises:
        Malformed: it is no JSON.
        RequestInvalid: fields are wrong; each is named by its pointer.
    """
    if _NUL in body:
        raise RequestInvalid(fields=[FieldError("", INVALID, _NO_NUL)])
    try:
        try:
            return msgspec.json.decode(body or b"{}", type=message)
        except msgspec.ValidationError:
            faults = list(_faults(msgspec.json.decode(body or b"{}"), message, ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = "The body is no JSON. Send an object in UTF-8."
        raise Malformed(problem) from error
    raise RequestInvalid(fields=faults or [FieldError("", INVALID, "Send an object with named fields.")])


def read_parameters(given: Mapping[str, str], message: type[Message]) -> Message:
    """Return the message that the parameters of a query are.

    Raises:
        RequestInvalid: some are wrong, or not known: a misspelt parameter must not pass for none.
    """
    if faults := [FieldError(f"?{name}", INVALID, _NO_NUL) for name, value in given.items() if "\0" in value]:
        raise RequestInvalid(fields=faults)
    try:
        return msgspec.convert(given, message, strict=False)
    except msgspec.ValidationError:
        faults = list(_faults(given, message, "", strict=False))
    raise RequestInvalid(fields=[msgspec.structs.replace(one, field=f"?{one.field[1:]}") for one in faults])


def _faults(value: object, kind: Any, at: str, *, strict: bool = True) -> Iterator[FieldError]:
    """Yield what is wrong with a value that should be of a kind."""
    kind = _without_none(kind, value)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, Mapping):
        yield from _faults_of_object(value, kind, at, strict=strict)
    elif get_origin(kind) in {list, tuple} and isinstance(value, list):
        inner = get_args(kind)[0]
        before = False
        for place, one in enumerate(value):
            for fault in _faults(one, inner, f"{at}/{place}", strict=strict):
                before = True
                yield fault
        if not before:
            yield from _fault(value, kind, at, strict=strict)
    else:
        yield from _fault(value, kind, at, strict=strict)


def _faults_of_object(
    given: Mapping[object, object], kind: type[msgspec.Struct], at: str, *, strict: bool
) -> Iterator[FieldError]:
    known = {one.encode_name: one for one in msgspec.structs.fields(kind)}
    for name in given:
        if name not in known:
            shown = str(name)[:_QUOTED_MAX]
            yield FieldError(f"{at}/{escaped(shown)}", UNKNOWN, "There is no such field here. Take it out.")
    for name, one in known.items():
        if name in given:
            yield from _faults(given[name], one.type, f"{at}/{name}", strict=strict)
        elif one.required:
            yield FieldError(f"{at}/{name}", REQUIRED, "This is needed.")


def _fault(value: object, kind: Any, at: str, *, strict: bool) -> Iterator[FieldError]:
    try:
        msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        said, _, inner = str(error).partition(f" - at `{_ROOT}")
        where = inner.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        yield FieldError(at + where, INVALID, f"{said.replace('`', '')}.")


def _without_none(kind: Any, value: object) -> Any:
    """Return what a field may hold besides nothing, where something is given and that is one kind of thing."""
    if value is None or get_origin(kind) not in {Union, UnionType}:
        return kind
    others = [one for one in get_args(kind) if one is not type(None)]
    return others[0] if len(others) == 1 else kind


def escaped(name: str) -> str:
    """Return a name as a pointer holds it."""
    return name.replace("~", "~0").replace("/", "~1")
