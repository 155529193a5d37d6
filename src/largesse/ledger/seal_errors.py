"""Why a seal is refused.

LargesseError
├── SealNotFound (NotFound)      seal.not_found
└── SealedMeanwhile (Conflict)   seal.meanwhile
"""

from largesse.kernel.errors import Conflict, NotFound


class SealNotFound(NotFound):
    """There is no seal of that number, or none at all."""

    code = "seal.not_found"
    message = "There is no such seal. `largesse ledger seals` lists those that there are."


class SealedMeanwhile(Conflict):
    """Somebody else sealed the same rows at the same time."""

    code = "seal.meanwhile"
    message = "Somebody else sealed this journal at the same time. Nothing was done; look at the newest seal."
