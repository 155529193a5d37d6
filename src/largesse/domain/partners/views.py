"""What exports tell of partners."""

from uuid import UUID

from largesse.db import load
from largesse.db.dataset import Column, Lookup

_queries = load(__package__)
_COLUMNS = ("name", "email", "phone", "address", "address2", "city", "state", "zip")


def buyers(merchant_id: UUID) -> Lookup:
    """Return who bought what was ordered on account, by partner: `buyer_name`, `buyer_email` and so on."""
    columns = tuple(Column(f"buyer_{name}") for name in _COLUMNS)
    return Lookup(query=_queries.buyers, args=(merchant_id,), key="partner_id", columns=columns)
