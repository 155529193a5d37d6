"""A payment account: a merchant's own connection to a gateway."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.kernel.sealing import Sealed

LABEL_MAX = 120


class PaymentAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account of a merchant at a gateway.

    `remote_id` is the gateway's own name of it; `live`: it takes real money. `secret` is the key that the gateway is
    asked with; callbacks are signed with `signing` or, until `previous_until`, with `previous_signing`; without
    `signing` the account takes no payments yet. `revision` grows with every change of those. New payments go through
    the account that `is_default`; one that is retired serves what it has taken.
    """

    merchant_id: UUID
    account_id: UUID
    gateway: str
    label: str
    live: bool
    remote_id: str
    secret: Sealed
    signing: Sealed | None = None
    previous_signing: Sealed | None = None
    previous_until: datetime | None = None
    revision: int = 1
    is_default: bool = False
    created_at: datetime
    checked_at: datetime
    retired_at: datetime | None = None

    @property
    def is_ready(self) -> bool:
        """Return whether it may take new payments."""
        return self.signing is not None and self.retired_at is None

    def overlaps(self, now: datetime) -> bool:
        """Return whether callbacks may still be signed with the previous secret."""
        return self.previous_until is not None and now < self.previous_until

    def context(self, purpose: str) -> bytes:
        """Return what a sealed secret of this account is bound to: its row, and what it is for."""
        return b"payment-account:" + self.merchant_id.bytes + self.account_id.bytes + b":" + purpose.encode()


class AccountKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway is opened with. `signing_secrets` are all that callbacks may be signed with."""

    remote_id: str
    secret_key: str
    signing_secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return "AccountKeys(…)"


class AccountFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway says of the account that a key is of; `charges`: it may take payments."""

    remote_id: str
    live: bool
    charges: bool
    name: str
