"""From the bytes of a form to texts: cleaned by one rule, bounded, and not yet believed."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from largesse.domain.drafts import BuyerText, GiftText
from largesse.domain.drafts.model import MESSAGE_TYPED_MAX, TYPED_MAX
from largesse.kernel import free_text
from largesse.web.request import AnyRequest

BODY_BYTES_MAX: Final = 128 * 1024
FIELDS_MAX: Final = 60
_URLENCODED: Final = "application/x-www-form-urlencoded"
_SEVERAL_LINES: Final = frozenset({"message"})

# What the form calls them: "from" is what people read, and a word of Python.
_GIFT_NAMES: Final = {"sender": "from"}


async def read_form(request: AnyRequest) -> Mapping[str, str]:
    """Return the fields of a posted form, the first of each name; nothing of a body that is no form."""
    if not request.headers.get("content-type", "").startswith(_URLENCODED):
        return {}
    return fields_of((await request.body()).decode("utf-8", errors="replace"))


def fields_of(text: str) -> Mapping[str, str]:
    """Return the fields of an encoded form or query."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return {}
    fields = dict[str, str]()
    for name, value in pairs:
        fields.setdefault(name, _cleaned(name, value))
    return fields


def gift_text(fields: Mapping[str, str], *, language: str) -> GiftText:
    """Return what was typed of a gift on a page in `language`."""
    names = [name for name in GiftText.__struct_fields__ if name != "language"]
    return GiftText(**{name: fields.get(_GIFT_NAMES.get(name, name), "") for name in names}, language=language)


def buyer_text(fields: Mapping[str, str]) -> BuyerText:
    """Return what was typed of the buyer."""
    return BuyerText(**{name: fields.get(f"buyer_{name}", "") for name in BuyerText.__struct_fields__})


def whole_number(text: str) -> int | None:
    """Return a number of smallest units as our own forms carry it, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None


def an_id(text: str) -> UUID | None:
    """Return the id that `text` is, None when it is none."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def form_name(field: str) -> str:
    """Return what the gift form calls a field of `GiftText`."""
    return _GIFT_NAMES.get(field, field)


def _cleaned(name: str, value: str) -> str:
    if name in _SEVERAL_LINES:
        return free_text.lines(value[:MESSAGE_TYPED_MAX])
    return free_text.one_line(value[:TYPED_MAX])
