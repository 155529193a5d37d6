"""How much a device is lent of what all of them may take without a line. Pure."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from largesse.domain.offline.model import Enrolment, OfflineRules


def lent_to(
    rules: OfflineRules,
    enrolment_id: UUID,
    enrolments: Collection[Enrolment],
    *,
    working: Collection[UUID],
    taken_today: int,
    now: datetime,
) -> int:
    """Return what a device whose queue is empty may take until it is heard of again.

    `enrolments` are all of the merchant, also of devices that have ended: what they were lent counts until it lapses.
    `working` are the devices that may work without a line, each of which has an equal share. However devices come and
    go, all that is lent together is never more than the merchant allows.
    """
    others = sum(one.lends(now) for one in enrolments if one.enrolment_id != enrolment_id)
    share = rules.over_all // max(1, len(working))
    return max(0, min(share, rules.over_all - others, rules.per_device_day - taken_today))
