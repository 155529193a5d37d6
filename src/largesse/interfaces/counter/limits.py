"""How often somebody may try at a till, with pauses that grow; those of one device pause no other.

Codes to enrol count for the network that they come from. PINs, and codes to set one, count for the person and the
device.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from largesse.web.shared_limits import LimitDependencies, SharedLimit

ENROLMENTS: Final = 8
PINS: Final = 5
FROM_AFAR: Final = 20
"""How often a device asks somebody by mail within an hour."""
WITHIN: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=1)


class TillLimits:
    """The bounds on tries."""

    def __init__(self, deps: LimitDependencies) -> None:
        self.enrolments = SharedLimit(
            deps, "till.enrol", most=ENROLMENTS, within=timedelta(minutes=5), longest=timedelta(hours=2)
        )
        self.pins = SharedLimit(deps, "till.pin", most=PINS, within=WITHIN, longest=LONGEST)
        self.from_afar = SharedLimit(deps, "till.from_afar", most=FROM_AFAR, within=timedelta(hours=1))
        self.pin_codes = SharedLimit(deps, "till.pin_code", most=PINS, within=WITHIN, longest=LONGEST)


def tries_of(device_id: UUID | None, membership_id: UUID) -> str:
    """Return for whom tries of a PIN count: a person on a device."""
    return f"{device_id}:{membership_id}"
