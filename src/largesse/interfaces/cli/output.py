"""How commands write: aligned lines for people, JSON for machines."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec


def as_json(value: object) -> str:
    """Return `value` as one line of JSON."""
    return msgspec.json.encode(value).decode()


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
