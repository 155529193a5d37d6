"""What can go wrong with PINs and at locked devices.

InvalidInput    └── PinUnfit
Forbidden       └── ApproverRefused
Unauthenticated └── PinRefused, PinCodeRefused, TillLocked
"""

from largesse.kernel.errors import Forbidden, InvalidInput, Unauthenticated


class PinUnfit(InvalidInput):
    """Refuse a PIN that cannot stand."""

    code = "till.pin.unfit"
    message = "A PIN has 4 to 6 digits, not all alike and not in a row. Choose another one."


class PinRefused(Unauthenticated):
    """The PIN is not this person's, or they have none; never which of them."""

    code = "till.pin.refused"
    message = "This PIN does not count. Type it again; after some wrong ones there is a pause."


class ApproverRefused(Forbidden):
    """Somebody is not to approve this: they do it themselves, their role may not, or their PIN is too short."""

    code = "till.approver.refused"
    message = "This takes another person: a manager or an owner, with a PIN of six digits."


class PinCodeRefused(Unauthenticated):
    """The code with which a PIN is set does not count."""

    code = "till.pin_code.refused"
    message = "This code does not count, or not any more. Ask for a new one; each works once, for ten minutes."


class TillLocked(Unauthenticated):
    """Nobody has unlocked this device, or it has locked since."""

    code = "till.locked"
    message = "This device is locked. Touch your name and type your PIN."
