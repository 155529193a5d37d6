"""What people work with at a location: devices, each known by a key of its own."""

from largesse.domain.devices.actions import (
    change_device,
    confirm_device,
    device_of_key,
    enrol_device,
    find_device,
    invite_again,
    invite_device,
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
from largesse.domain.devices.model import Device, DeviceChange, DeviceKind, DeviceState
from largesse.domain.devices.store import devices, longest_offline, revoke, works_at
