"""Where somebody works at a counter, and as whom: what every act there is booked with."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.kernel import free_text
from largesse.kernel.clock import start_of_day
from largesse.kernel.errors import LargesseError
from largesse.kernel.where import Where
from largesse.ledger import EntryMode
from largesse.services.certificates import Request, Spot

REFERENCE_MAX = 80


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One place at a counter: of a merchant, at a location, perhaps on a device; and who stands there.

    `refusal` is why nothing new happens there.
    """

    merchant: Merchant
    where: Where
    device_id: UUID | None = None
    actor: str
    refusal: LargesseError | None = None

    def spot(self, entry_mode: EntryMode | None = None) -> Spot:
        """Return the place as commands take it, with how a certificate's number came in."""
        return Spot(where=self.where, device_id=self.device_id, entry_mode=entry_mode, refusal=self.refusal)

    def request(self, operation_id: UUID, *, reference: str = "") -> Request:
        """Return what is asked for here, with the bill, table or room that somebody names."""
        return Request(operation_id=operation_id, actor=self.actor, memo=reference_of(reference) or None)

    def day_ends(self, now: datetime) -> datetime:
        """Return when the business day of the location ends that `now` falls on."""
        day = self.where.booked_on(now) + timedelta(days=1)
        return start_of_day(day, in_zone=self.where.zone) + timedelta(hours=self.where.cut_off_hour)


def reference_of(text: str) -> str:
    """Return what was typed as a reference, as it is kept: one line, not too long."""
    return free_text.shortened(free_text.one_line(text), REFERENCE_MAX)
