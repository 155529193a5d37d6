"""What would come of a refund: it is done, looked at, and rolled back."""

from datetime import datetime

import msgspec

from largesse.kernel.ids import new_id
from largesse.ledger import Outcome
from largesse.services.certificates import Place, Request
from largesse.services.refunds import RefundDependencies, refund_everywhere
from largesse.services.rehearsals import Rehearsal


class RefundPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund would take back, and what of it is owed to whoever paid, in smallest units."""

    value: int
    gratuity: int
    owed: int
    left: int
    """Value and gratuity that would be left on the certificates that it takes from."""

    @property
    def taken(self) -> int:
        """Return value and gratuity together."""
        return self.value + self.gratuity


async def preview_refund(
    deps: RefundDependencies, place: Place, *, value: int | None, gratuity: int | None, actor: str, now: datetime
) -> RefundPreview:
    """Return what a refund of the order of a certificate would come to. Nothing is changed.

    Raises:
        LargesseError: as the refund itself.
    """
    request = Request(operation_id=new_id(now), actor=actor, memo="rehearsal")
    outcomes = await refund_everywhere(Rehearsal(deps), place, value=value, gratuity=gratuity, request=request, now=now)
    return RefundPreview(
        value=sum(one.value for one in outcomes),
        gratuity=sum(one.gratuity for one in outcomes),
        owed=sum(map(_owed, outcomes)),
        left=sum(one.balance + one.gratuity_balance for one in outcomes),
    )


def _owed(outcome: Outcome) -> int:
    """Return what was paid for what is taken back."""
    return outcome.value + outcome.gratuity - outcome.discount + outcome.added_tax
