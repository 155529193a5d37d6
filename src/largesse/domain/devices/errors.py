"""What can go wrong with devices.

InvalidInput    ├── DeviceInvalid
NotFound        ├── DeviceUnknown
Conflict        ├── DeviceTaken, DeviceRevoked, DeviceNotWaiting, DeviceNotLive
Unauthenticated └── CodeRefused, DeviceRefused
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound, Unauthenticated


class DeviceInvalid(InvalidInput):
    """Refuse a device whose details cannot stand, naming every field that is wrong."""

    code = "device.invalid"
    message = "This device cannot be saved as it is. Correct the fields listed and try again."


class DeviceUnknown(NotFound):
    """The merchant has no such device."""

    code = "device.unknown"
    message = "There is no device by that name or id. `largesse device list` shows them all."


class DeviceTaken(Conflict):
    """The merchant has a device of that name."""

    code = "device.taken"
    message = "This merchant already has a device of that name. Choose another name."


class DeviceRevoked(Conflict):
    """The device was revoked, for good."""

    code = "device.revoked"
    message = "This device was revoked, for good. Add it anew with `largesse device add`."


class DeviceNotWaiting(Conflict):
    """The device has not been enrolled since its code was made."""

    code = "device.not_waiting"
    message = "Nobody waits for this device to be confirmed: type its code on it first."


class DeviceNotLive(Conflict):
    """The device was invited, and is not confirmed."""

    code = "device.not_live"
    message = "This device does not work yet. Type its code on it, then confirm it with `largesse device confirm`."


class CodeRefused(Unauthenticated):
    """The code is wrong, was used, or is too old; never which of them."""

    code = "device.code_refused"
    message = "This code does not count, or not any more. Ask for a new one; each works once, for ten minutes."


class DeviceRefused(Unauthenticated):
    """The key is of no device that may work; never why."""

    code = "device.access_denied"
    message = "This device is not enrolled here. Ask for a code, and type it on this device."
