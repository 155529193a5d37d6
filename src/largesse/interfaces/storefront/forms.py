"""From the fields of a form to texts: bounded, cleaned by one rule, and not yet believed."""

from collections.abc import Mapping
from typing import Final

from largesse.domain.drafts import BuyerText, GiftText, typed_max
from largesse.kernel import free_text

BODY_BYTES_MAX: Final = 128 * 1024
_SEVERAL_LINES: Final = frozenset({"message"})

# What the form calls them: "from" is what people read, and a word of Python.
_GIFT_NAMES: Final = {"sender": "from"}


def gift_text(fields: Mapping[str, str], *, language: str) -> GiftText:
    """Return what was typed of a gift on a page in `language`."""
    names = [name for name in GiftText.__struct_fields__ if name != "language"]
    typed = {name: _cleaned(name, fields.get(form_name(name), "")) for name in names}
    return GiftText(**typed, language=language)


def buyer_text(fields: Mapping[str, str]) -> BuyerText:
    """Return what was typed of the buyer."""
    names = BuyerText.__struct_fields__
    return BuyerText(**{name: _cleaned(name, fields.get(f"buyer_{name}", "")) for name in names})


def form_name(field: str) -> str:
    """Return what the gift form calls a field of `GiftText`."""
    return _GIFT_NAMES.get(field, field)


def _cleaned(name: str, value: str) -> str:
    bounded = value[: typed_max(name)]
    return free_text.lines(bounded) if name in _SEVERAL_LINES else free_text.one_line(bounded)
