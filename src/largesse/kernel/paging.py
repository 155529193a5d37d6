"""Half-open ranges and keyset pages: the only two ways a long list is cut."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Span the moments from `since` (included) to `until` (excluded); None leaves that side open."""

    since: datetime | None = None
    until: datetime | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of `items` and the `after` to ask for the next one, None at the end."""

    items: tuple[T, ...]
    after: str | None = None
