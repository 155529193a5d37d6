"""Why value does not go from one legal entity of a merchant to another.

LargesseError
└── Conflict
    ├── UsedElsewhere            redemption.entity.refused
    └── EntitiesDiffer           certificate.entity.mismatch
"""

from largesse.kernel.errors import Conflict


class UsedElsewhere(Conflict):
    """Single-purpose value is used in another legal entity than the one that sold it."""

    code = "redemption.entity.refused"
    message = "Its tax was paid by the legal entity that sold it. Use it at a location of that entity."


class EntitiesDiffer(Conflict):
    """Value would stand in the books of two legal entities."""

    code = "certificate.entity.mismatch"
    message = "The certificate stands in the books of another legal entity. Fill it at a location of that one."
