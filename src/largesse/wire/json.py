"""JSON, read so strictly that nothing is guessed, and written by msgspec.

The standard library reads here: its hooks see every number as it was written and every name that stands twice, which
msgspec, quicker by a few microseconds, hides (docs/decisions/0021-reading-json.md).
"""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

import msgspec

from largesse.wire.errors import BadEncoding, Malformed, Repeated, TooDeep, TooLarge
from largesse.wire.plain import DEPTH_MAX, Literal, Plain, supported


def read_json(body: bytes, *, size_max: int, names: set[str] | None = None) -> Plain:
    """Return the value that a JSON text of at most `size_max` bytes stands for, its numbers as they were written.

    The names of all fields, at any depth, are added to `names`.

    Raises:
        WireError: one subclass for each thing that can be wrong with it.
    """
    if len(body) > size_max:
        raise TooLarge(size_max)
    try:
        text = body.removeprefix(b"\xef\xbb\xbf").decode()
        value: Plain = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise BadEncoding from error
    except RecursionError as error:
        raise TooDeep from error
    except json.JSONDecodeError as error:
        message = f"The JSON is not well-formed at line {error.lineno}, column {error.colno}: {error.msg}."
        raise Malformed(message) from error
    _walk(value, DEPTH_MAX, set() if names is None else names, is_escaping="\\" in supported(text))
    return value


def write_json(value: Plain) -> bytes:
    """Return `value` as JSON; a `Literal` is written as the number that it is."""
    return _ENCODER.encode(_raw(value))


def _object(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Repeated
    return found


def _not_a_number(name: str) -> NoReturn:
    message = f"{name} is not JSON. Write a plain number such as 25.00."
    raise Malformed(message)


def _raw(value: Plain) -> object:
    """Return `value` with each `Literal` as raw JSON: through a float, `25.00` would lose its decimals."""
    if type(value) is str or value is None:  # nearly all that there is, and soonest told
        return value
    if isinstance(value, Literal):
        return msgspec.Raw(value.encode())
    if isinstance(value, dict | Mapping):
        return {name: _raw(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_raw(inner) for inner in value]
    return value


def _walk(value: Plain, depth: int, names: set[str], *, is_escaping: bool) -> None:
    """Gather the names in a value that is not too deep.

    Where the text `is_escaping`, its strings may hold characters that were not seen in it.
    """
    if isinstance(value, str):
        if is_escaping:
            supported(value)
    elif isinstance(value, dict | list):
        if depth == 0:
            raise TooDeep
        for name in value if isinstance(value, dict) else ():
            names.add(supported(name) if is_escaping else name)
        for inner in value.values() if isinstance(value, dict) else value:
            if is_escaping or not isinstance(inner, str):
                _walk(inner, depth - 1, names, is_escaping=is_escaping)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Literal, parse_float=Literal, parse_constant=_not_a_number
)
_ENCODER = msgspec.json.Encoder()
