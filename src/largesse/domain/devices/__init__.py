"""What people work with at a location: devices, each known by a key of its own."""

from largesse.domain.devices.actions import (
    change_device,
    confirm_device,
    device_of_key,
    enrol_device,
    enrolled_device,
    find_device,
    invite_again,
    invite_device,
    note_refreshed,
    note_seen,
)
from largesse.domain.devices.errors import (
    CodeRefused,
    DeviceInvalid,
    DeviceNotLive,
    DeviceNotWaiting,
    DeviceRefused,
    DeviceRevoked,
    DeviceTaken,
    DeviceUnknown,
)
from largesse.domain.devices.model import (
    LOCK_MINUTES_MAX,
    NAME_LENGTH_MAX,
    Device,
    DeviceChange,
    DeviceKind,
    DeviceState,
)
from largesse.domain.devices.secrets import CODE_LENGTH
from largesse.domain.devices.signing import CHALLENGE_GOOD_FOR, DeviceChallenge, read_public_key, signed_by
from largesse.domain.devices.store import devices, longest_offline, revoke, works_at
