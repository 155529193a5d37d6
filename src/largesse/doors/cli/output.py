"""How commands write: aligned lines for people, JSON for machines."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

_ENCODER = msgspec.json.Encoder(enc_hook=str)


def as_json(value: object) -> str:
    """Return `value` as one line of JSON."""
    return _ENCODER.encode(_plain(value)).decode()


def fields(values: Mapping[str, object]) -> str:
    """Return `values` as lines of name and value; what is None is left out."""
    width = max(map(len, values), default=0)
    lines = ((name.replace("_", " "), value) for name, value in values.items() if value is not None)
    return "\n".join(f"{name:<{width}}  {_text(value)}" for name, value in lines)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S %Z").rstrip()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _plain(value: object) -> object:
    """Return `value` without subclasses of UUID, which asyncpg returns and msgspec does not know."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, msgspec.Struct):
        return {name: _plain(part) for name, part in msgspec.structs.asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
