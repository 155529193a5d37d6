"""What the form of a bill carries so that its device can keep a redemption that nobody answers, and do it once."""

import json
from collections.abc import Sequence
from uuid import UUID

from largesse.interfaces.counter.bill_view import LaidDown
from largesse.interfaces.counter.caller import CounterCaller
from largesse.services.counter import BillPlan
from largesse.services.offline import OfflineDependencies, shown_macs


async def kept_form(
    deps: OfflineDependencies, caller: CounterCaller, good: Sequence[LaidDown], plan: BillPlan, operation_id: UUID
) -> str:
    """Return the operation and the certificates of a bill, in the order in which they pay, with what is on each.

    They are named by what the device makes of their numbers, and by no number. Nothing where it has no book.
    """
    device = caller.device
    if device is None or not device.offline_hours_max or plan.currency != caller.merchant.currency:
        return ""
    known = {one.held.slip.certificate_id: one.answer.located.certificate for one in good}
    macs = await shown_macs(deps, caller.merchant, device, list(known))
    if len(macs) < len(known):
        return ""
    parts = [
        [
            *macs[part.certificate_id],
            known[part.certificate_id].available,
            known[part.certificate_id].gratuity_available,
        ]
        for part in plan.parts
    ]
    return json.dumps({"operation": str(operation_id), "parts": parts})
