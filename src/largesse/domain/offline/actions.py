"""What a merchant may allow without a line."""

from typing import Final

from largesse.domain.offline.errors import OfflineRulesInvalid
from largesse.domain.offline.model import HOURS_MAX, OfflineRules
from largesse.kernel.errors import FieldError
from largesse.kernel.money import MINOR_MAX

_AMOUNTS: Final = ("per_certificate", "per_device_day", "over_all")


def check_rules(rules: OfflineRules) -> None:
    """Refuse what cannot be allowed: each amount is above zero, and no smaller thing is allowed more than a larger one.

    Raises:
        OfflineRulesInvalid: naming every field that is wrong.
    """
    faults = []
    if not 1 <= rules.hours_max <= HOURS_MAX:
        faults.append(FieldError("hours_max", "offline.hours.range", f"Give 1 to {HOURS_MAX} hours."))
    least = 1 if rules.allowed else 0
    faults += [
        FieldError(name, "offline.cap.range", "Give an amount above zero.")
        for name in _AMOUNTS
        if not least <= getattr(rules, name) <= MINOR_MAX
    ]
    if not faults and not rules.per_certificate <= rules.per_device_day <= rules.over_all:
        advice = "Allow a device no less in a day than one certificate, and all devices no less than one of them."
        faults.append(FieldError("per_device_day", "offline.caps.order", advice))
    if faults:
        raise OfflineRulesInvalid(fields=faults)
