"""What is written down of a device's day. Amounts are in the smallest unit of its currency."""

from datetime import date, datetime
from uuid import UUID

import msgspec


class ClosingLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one person did of one kind, from and to which accounts: how often, and what it comes to."""

    kind: str
    reason: str | None
    actor: str
    debit: str
    credit: str
    count: int
    sum: int


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """The close of a day. `number` is the device's own, without gaps.

    It takes in what was recorded after `since` (None: from the beginning) up to the `cut`. `opening` lay in the drawer
    then, `expected` should lie in it at the cut, and `counted` does; `terminal_expected` and `terminal_counted` are
    what the card terminal took. Where the merchant's own till books nothing is counted. `reason` is why they differ.
    """

    merchant_id: UUID
    device_id: UUID
    number: int
    operation_id: UUID
    fingerprint: bytes
    location_id: UUID
    booked_on: date
    since: datetime | None
    cut: datetime
    currency: str
    opening: int
    expected: int
    counted: int | None
    terminal_expected: int
    terminal_counted: int | None
    reason: str = ""
    from_office: bool = False
    actor: str
    totals: tuple[ClosingLine, ...] = ()
    made_at: datetime

    @property
    def left(self) -> int:
        """Return what lies in the drawer after it: what the next day begins with."""
        return self.expected if self.counted is None else self.counted

    @property
    def difference(self) -> int:
        """Return how much more was counted than expected, less where it is below zero."""
        return 0 if self.counted is None else self.counted - self.expected

    @property
    def terminal_difference(self) -> int:
        """Return how much more the terminal says than the books."""
        return 0 if self.terminal_counted is None else self.terminal_counted - self.terminal_expected
