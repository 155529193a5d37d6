"""What the database keeps of a certificate's number: enough to find and to reprint it, useless to a thief."""

from uuid import UUID

import msgspec

from largesse.kernel.sealing import Sealed


class NumberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed number: `digest` finds it, `cipher` keeps it, both under the key `key_id`."""

    merchant_id: UUID
    certificate_id: UUID
    digest: bytes
    cipher: bytes
    key_id: str
    last_four: str

    @property
    def sealed(self) -> Sealed:
        """Return the ciphertext with its key's id."""
        return Sealed(self.key_id, self.cipher)
