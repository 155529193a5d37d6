"""The liability roll-forward: what was outstanding when a period began, what changed it, and what was when it ended.

Opening + all columns = closing, at face, for every currency and class of value. Beside it stand discount and tax on
what is outstanding, the contra accounts that lower what its use earns. Promotional value is a memorandum outside of the
liability, and told apart by its class.
"""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.ledger import Account, ClassOfValue, Kind, Sum, effect


class LiabilityColumn(StrEnum):
    """What changes what is outstanding."""

    ISSUED = "issued"
    RELOADED = "reloaded"
    IMPORTED = "imported"
    REVERSED = "reversed"
    REINSTATED = "reinstated"
    REDEEMED = "redeemed"
    CASHED_OUT = "cashed_out"
    REFUNDED = "refunded"
    VOIDED = "voided"
    CHARGED_BACK = "charged_back"
    EXPIRED = "expired"
    HANDED_OVER = "handed_over"
    ADJUSTED = "adjusted"
    TRANSFERRED = "transferred"
    CONVERTED = "converted"
    """What an upgrade moved to other accounts."""


_COLUMNS: dict[Kind, LiabilityColumn] = {
    Kind.ISSUE: LiabilityColumn.ISSUED,
    Kind.ACTIVATE: LiabilityColumn.ISSUED,
    Kind.RELOAD: LiabilityColumn.RELOADED,
    Kind.REVERSE: LiabilityColumn.REVERSED,
    Kind.REINSTATE: LiabilityColumn.REINSTATED,
    Kind.REDEEM: LiabilityColumn.REDEEMED,
    Kind.CAPTURE: LiabilityColumn.REDEEMED,
    Kind.CASH_OUT: LiabilityColumn.CASHED_OUT,
    Kind.REFUND: LiabilityColumn.REFUNDED,
    Kind.UNDO_RELOAD: LiabilityColumn.REFUNDED,
    Kind.VOID: LiabilityColumn.VOIDED,
    Kind.EXPIRE: LiabilityColumn.EXPIRED,
    Kind.HAND_OVER: LiabilityColumn.HANDED_OVER,
    Kind.ADJUST: LiabilityColumn.ADJUSTED,
    Kind.TRANSFER: LiabilityColumn.TRANSFERRED,
    Kind.CONVERT: LiabilityColumn.CONVERTED,
}
_ELSE: dict[tuple[Kind, Account], LiabilityColumn] = {
    (Kind.ISSUE, Account.OPENING_BALANCES): LiabilityColumn.IMPORTED,
    (Kind.ACTIVATE, Account.OPENING_BALANCES): LiabilityColumn.IMPORTED,
    (Kind.RELOAD, Account.OPENING_BALANCES): LiabilityColumn.IMPORTED,
    (Kind.REFUND, Account.DISPUTED): LiabilityColumn.CHARGED_BACK,
    (Kind.VOID, Account.DISPUTED): LiabilityColumn.CHARGED_BACK,
    # from before disputes were booked when they open
    (Kind.REFUND, Account.GATEWAY_CLEARING): LiabilityColumn.CHARGED_BACK,
}
"""Where the account on the other side makes it something else: value brought along, and money that a dispute took."""


class RollForward(msgspec.Struct, frozen=True, kw_only=True):
    """One line, in the smallest unit of its currency; what lowers is below zero. `location_id` None: all of them.

    `discount` and `tax` are those on what is outstanding, at the beginning and the end.
    """

    currency: str
    class_of_value: ClassOfValue
    location_id: UUID | None
    opening: int
    columns: dict[LiabilityColumn, int]
    closing: int
    discount: tuple[int, int]
    tax: tuple[int, int]


class _Line:
    """One line while it is added up: balances before and after, and what changed between them."""

    def __init__(self) -> None:
        self.columns: dict[LiabilityColumn, int] = {}
        self.standing = {account: [0, 0] for account in ("face", "discount", "tax")}

    def add(self, one: Sum) -> None:
        face = effect(one.debit, one.credit, one.sum)
        if face and not one.before:
            column = column_of(one.kind, one.debit, one.credit)
            self.columns[column] = self.columns.get(column, 0) + face
        changes = {
            "face": face,
            "discount": _debited(one, Account.DISCOUNT_ON_OUTSTANDING),
            "tax": _debited(one, Account.TAX_ON_OUTSTANDING),
        }
        for name, change in changes.items():
            self.standing[name][0] += change if one.before else 0
            self.standing[name][1] += change


def column_of(kind: Kind, debit: Account | None, credit: Account | None) -> LiabilityColumn:
    """Return the one column that a row belongs to that changes what is outstanding.

    Raises:
        KeyError: no row of that kind does.
    """
    for account in (debit, credit):
        if account is not None and (kind, account) in _ELSE:
            return _ELSE[kind, account]
    return _COLUMNS[kind]


def roll_forward(sums: Iterable[Sum], *, by_location: bool = False) -> list[RollForward]:
    """Return the lines of a period, by currency, class and perhaps location, of the sums that were asked for it."""
    lines: dict[tuple[str, ClassOfValue, UUID | None], _Line] = {}
    for one in sums:
        if one.class_of_value is not None:
            key = (one.currency, one.class_of_value, one.location_id if by_location else None)
            lines.setdefault(key, _Line()).add(one)
    found = [
        RollForward(
            currency=currency,
            class_of_value=class_of_value,
            location_id=location_id,
            opening=line.standing["face"][0],
            columns={column: line.columns[column] for column in LiabilityColumn if line.columns.get(column)},
            closing=line.standing["face"][1],
            discount=(line.standing["discount"][0], line.standing["discount"][1]),
            tax=(line.standing["tax"][0], line.standing["tax"][1]),
        )
        for (currency, class_of_value, location_id), line in lines.items()
    ]
    return sorted(found, key=lambda line: (line.currency, line.class_of_value, str(line.location_id)))


def _debited(one: Sum, account: Account) -> int:
    return one.sum * ((one.debit is account) - (one.credit is account))
