"""From the bytes of a posted form to its fields: the first value of each name, as it was typed.

What a field may hold is for whoever asks for it to say, and to clean: nothing is cleaned that nobody reads.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from largesse.web.negotiation import media_type_of
from largesse.web.request import AnyRequest

FIELDS_MAX: Final = 200
_URLENCODED: Final = "application/x-www-form-urlencoded"
_UUID_LENGTH: Final = 36


async def read_form(request: AnyRequest) -> Mapping[str, str]:
    """Return the fields of a posted form; nothing of a body that is no form. The route bounds its size."""
    body = await request.body()  # also of what is no form: one that is too large is refused as such
    if media_type_of(request.headers.get("content-type", "")) != _URLENCODED:
        return {}
    return fields_of(body.decode("utf-8", errors="replace"))


def fields_of(text: str) -> Mapping[str, str]:
    """Return the fields of an encoded form or query, the first of each name; none where there are too many."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return {}
    fields = dict[str, str]()
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def an_id(text: str) -> UUID | None:
    """Return the id that `text` is, None when it is none."""
    try:
        return UUID(text) if len(text) == _UUID_LENGTH else None
    except ValueError:
        return None


def whole_number(text: str) -> int | None:
    """Return a number as our own forms carry it, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None
