"""A saved view: the address of a list, as far as it stands behind the question mark, and what somebody calls it."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.errors import InvalidInput

NAME_MAX: Final = 60
QUERY_MAX: Final = 1_000
VIEWS_MAX: Final = 30
"""How many views of one list somebody keeps."""


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a view: `list` is the list's place below the merchant's address, `query` what is chosen in it."""

    merchant_id: UUID
    view_id: UUID
    person_id: UUID
    list: str
    name: str
    query: str
    saved_at: datetime


class SavedViewInvalid(InvalidInput):
    """Refuse a view that has no name, or one view too many."""

    code = "view.invalid"
    message = "Give the view a name of 1 to 60 characters; of one list there are at most 30."
