"""What the database keeps of a certificate's number: enough to find and to reprint it, useless to a thief."""

from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel.sealing import Sealed


class NumberRole(StrEnum):
    """What a number is for. The words are stored, and never renamed."""

    NUMBER = "number"
    """What is printed on the certificate: it finds, shows and spends."""
    ALIAS = "alias"
    """A second number of a card that was brought from another system: as good as the first."""
    ACTIVATION = "activation"
    """What stands outside on a card: it finds and activates, and can never spend or show a balance."""


class NumberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed number: `digest` finds it, `cipher` keeps it, both under the key `key_id`.

    `bits` is how hard a number of another system is to guess; ours have 75, and say nothing.
    """

    merchant_id: UUID
    certificate_id: UUID
    digest: bytes
    cipher: bytes
    key_id: str
    last_four: str
    role: NumberRole = NumberRole.NUMBER
    bits: int | None = None

    @property
    def sealed(self) -> Sealed:
        """Return the ciphertext with its key's id."""
        return Sealed(self.key_id, self.cipher)
