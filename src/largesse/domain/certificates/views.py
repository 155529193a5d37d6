"""What exports may tell of certificates' numbers: the last four symbols, never more."""

from uuid import UUID

from largesse.db import load
from largesse.db.dataset import Column, Lookup

_queries = load(__package__)


def last_fours(merchant_id: UUID) -> Lookup:
    """Return the last four symbols of a merchant's certificates, to stand beside `certificate_id` in any dataset."""
    return Lookup(query=_queries.last_fours, args=(merchant_id,), key="certificate_id", columns=(Column("last_four"),))
