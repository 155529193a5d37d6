"""What exports tell of locations: their codes."""

from uuid import UUID

from largesse.db import load
from largesse.db.dataset import Column, ColumnKind, Lookup

_queries = load(__package__)


def codes(merchant_id: UUID) -> Lookup:
    """Return the codes of a merchant's locations, to stand beside `location_id` in any dataset."""
    columns = (Column("location", ColumnKind.TEXT, source="code"),)
    return Lookup(query=_queries.codes, args=(merchant_id,), key="location_id", columns=columns)
