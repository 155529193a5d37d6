"""What people work with at a location: enrolled, confirmed, and known by its key from then on."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

NAME_LENGTH_MAX: Final = 60
AGENT_LENGTH_MAX: Final = 200
OFFLINE_HOURS_MAX: Final = 72
ADDRESS_LENGTH_MAX: Final = 60
LOCK_MINUTES: Final = 5
LOCK_MINUTES_MAX: Final = 15
CODE_GOOD_FOR: Final = timedelta(minutes=10)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly it is known when a device was last seen: it is written that often at most."""


class DeviceKind(StrEnum):
    """How a device is used, which says how soon it locks."""

    TILL = "till"
    """It stands where it is."""
    HANDHELD = "handheld"
    """A tablet or telephone that is carried about."""


class DeviceState(StrEnum):
    """What a device may do."""

    INVITED = "invited"
    """Nothing yet: its code was not used."""
    WAITING = "waiting"
    """Nothing yet: somebody has to confirm that it is the one that was meant."""
    LIVE = "live"
    REVOKED = "revoked"
    """Nothing any more."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a location.

    `agent` is what it called itself when it was enrolled, at `address`. `public_key` is that of the key pair which its
    browser keeps, None where that had no scripts. It locks after `lock_minutes` without a touch; with 0 it asks for the
    PIN before each act. `offline_hours_max` is how old its book of certificates may
    be when it works without a line, which it may not with 0; `refreshed_at` is as of when that book is.
    """

    merchant_id: UUID
    device_id: UUID
    location_id: UUID
    name: str
    kind: DeviceKind
    offline_hours_max: int = 0
    created_at: datetime
    code_expires_at: datetime | None = None
    enrolled_at: datetime | None = None
    agent: str = ""
    confirmed_at: datetime | None = None
    seen_at: datetime | None = None
    refreshed_at: datetime | None = None
    revoked_at: datetime | None = None
    public_key: bytes | None = None
    address: str = ""
    lock_minutes: int = LOCK_MINUTES

    @property
    def state(self) -> DeviceState:
        """Return what it may do."""
        if self.revoked_at is not None:
            return DeviceState.REVOKED
        if self.confirmed_at is not None:
            return DeviceState.LIVE
        return DeviceState.INVITED if self.enrolled_at is None else DeviceState.WAITING


class DeviceChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different of a device; None leaves a part alone."""

    name: str | None = None
    kind: DeviceKind | None = None
    offline_hours_max: int | None = None
    location_id: UUID | None = None
    lock_minutes: int | None = None
