"""The keys with which a merchant's certificates are made into passes of a telephone's wallet."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel.sealing import Sealed


class Wallet(StrEnum):
    """Whose wallet. The words are stored, and never renamed."""

    APPLE = "apple"
    GOOGLE = "google"


class WalletKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a merchant for one wallet.

    `name` is the pass type identifier (Apple) or the issuer id (Google), `account` the team identifier or the service
    account. `secret` is the whole that was given; `ends_at` is when its first certificate ends, None where none does.
    """

    merchant_id: UUID
    wallet: Wallet
    name: str
    account: str
    secret: Sealed
    ends_at: datetime | None = None
    written_at: datetime

    @property
    def context(self) -> bytes:
        """Return what the sealed secret is bound to: its row."""
        return b"wallet-keys:" + self.merchant_id.bytes + b":" + self.wallet.value.encode()

    def is_good(self, now: datetime) -> bool:
        """Return whether passes may be made with them."""
        return self.ends_at is None or now < self.ends_at
