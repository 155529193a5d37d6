"""What is kept of a request: amounts, ids and words of ours. Whatever may be a secret, or a person's, is masked.

Nothing is let through because it looks harmless: a field's value is kept where its name says what it holds.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec

BODY_MAX: Final = 8_000
PATH_MAX: Final = 500
FAULTS_MAX: Final = 20
_DEPTH_MAX: Final = 6
_ITEMS_MAX: Final = 50
_AMOUNT: Final = re.compile(r"-?[0-9]{0,9}([.,][0-9]{0,6})?")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{4,15}(Z|[+-][0-9:]{5})?)?")
_WORD: Final = re.compile(r"[a-z_.,]{0,40}")
_CODE: Final = re.compile(r"[A-Za-z]{0,3}")
_TOLD: Final = {
    **dict.fromkeys(("amount", "gratuity", "discount", "rate", "limit", "count", "expires_in_s", "overlap_h"), _AMOUNT),
    **dict.fromkeys(
        ("certificate_id", "batch_id", "event_id", "hold_id", "lot_id", "redemption_id", "reload_id", "order_id"), _ID
    ),
    **dict.fromkeys(
        (
            *("as_of", "good_through", "issued_since", "issued_until", "known_at", "placed_since", "placed_until"),
            *("since", "until"),
        ),
        _MOMENT,
    ),
    **dict.fromkeys(
        (
            *("class_of_value", "dry_run", "entry_mode", "events", "expand", "kind", "mode", "ordered", "paid_by"),
            *("payer", "reason", "status", "type"),
        ),
        _WORD,
    ),
    **dict.fromkeys(("country", "currency"), _CODE),
}
"""Fields whose values are ours, and how these look: a number that stands in the wrong field is masked, too."""
_NAME: Final = re.compile(r"[a-z_]{1,40}")
_SEGMENT: Final = re.compile(r"[a-z-]{0,40}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|api|v1")


def masked_body(body: bytes) -> str:
    """Return what is kept of a body: JSON of at most 8,000 characters."""
    if not body:
        return ""
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"*** no JSON, {len(body)} bytes"
    text = msgspec.json.encode(_masked("", given, _DEPTH_MAX)).decode()
    return text if len(text) <= BODY_MAX else text[:BODY_MAX] + "…"


def masked_path(path: str, query: bytes) -> str:
    """Return what is kept of an address: a number that somebody put there by mistake is masked."""
    shown = "/".join(part if _SEGMENT.fullmatch(part) else "***" for part in path.split("/"))
    if query:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
        shown += "?" + "&".join(f"{_name(name)}={_masked(name, value, 1)}" for name, value in pairs[:_ITEMS_MAX])
    return shown[:PATH_MAX]


def masked_pointer(pointer: str, code: str) -> str:
    """Return what is kept of a fault: where it is, unless that repeats what somebody typed."""
    parts = [
        part if _NAME.fullmatch(part) or (part.isdigit() and len(part) <= 4) else "***"
        for part in re.split(r"[/?]", pointer)[1:]
    ]
    return f"{'/'.join(parts)} {code}".strip()[:200]


def _masked(name: str, value: object, depth: int) -> object:
    if isinstance(value, bool | None):
        return value
    if isinstance(value, int | float):
        return value if name in _TOLD and _AMOUNT.fullmatch(str(value)) else "***"
    if isinstance(value, str):
        looks = _TOLD.get(name)
        return value if looks is not None and looks.fullmatch(value) else _hidden(value)
    if depth == 0:
        return "***"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_ITEMS_MAX]
        return {_name(str(key)): _masked(str(key), inner, depth - 1) for key, inner in pairs}
    assert isinstance(value, list)
    return [_masked(name, inner, depth - 1) for inner in value[:_ITEMS_MAX]]


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else "***"


def _hidden(text: str) -> str:
    """Return a mask that still tells an empty text from a long one."""
    return f"*** {len(text)}" if text else ""
