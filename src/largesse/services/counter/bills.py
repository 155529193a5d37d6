"""Redeem at a counter: one certificate or several on one bill, all or nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

import msgspec

from largesse.ledger import Certificate, EntryMode, Outcome, Redeem
from largesse.services.certificates import Place, redeem, said_of
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.desk import Desk
from largesse.services.counter.errors import BillCurrenciesDiffer, BillEmpty


class BillPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one certificate pays of a bill, and how its number came in."""

    certificate_id: UUID
    value: int
    gratuity: int = 0
    entry_mode: EntryMode | None = None


class Lain(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that was laid down for a bill, as it stands; `gratuity_too` where that is taken as well."""

    certificate: Certificate
    entry_mode: EntryMode | None = None
    gratuity_too: bool = False


class BillPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What certificates would pay of a bill: their parts, and what remains to be paid otherwise."""

    currency: str
    parts: tuple[BillPart, ...]
    remains: int

    @property
    def value(self) -> int:
        """Return how much value is taken."""
        return sum(part.value for part in self.parts)

    @property
    def gratuity(self) -> int:
        """Return how much gratuity is taken."""
        return sum(part.gratuity for part in self.parts)


def plan_bill(lain: Sequence[Lain], total: int | None) -> BillPlan:
    """Return what certificates pay of a `total`; all that is available, without one. Pure.

    The one whose last good day comes first pays first, then the smallest; which is the same for one order of laying
    them down as for another.

    Raises:
        BillCurrenciesDiffer: they are in different currencies.
    """
    currencies = {one.certificate.currency for one in lain}
    if len(currencies) != 1:
        raise BillCurrenciesDiffer if currencies else BillEmpty
    parts, left = list[BillPart](), total
    for one in sorted(lain, key=_turn):
        value = one.certificate.available if left is None else min(one.certificate.available, left)
        left = None if left is None else left - value
        gratuity = one.certificate.gratuity_available if one.gratuity_too else 0
        parts.append(
            BillPart(
                certificate_id=one.certificate.certificate_id,
                value=value,
                gratuity=gratuity,
                entry_mode=one.entry_mode,
            )
        )
    return BillPlan(currency=currencies.pop(), parts=tuple(parts), remains=left or 0)


def _turn(one: Lain) -> tuple[date, int, UUID]:
    certificate = one.certificate
    return certificate.good_through or date.max, certificate.available, certificate.certificate_id


async def take_bill(
    deps: CounterWorkDependencies,
    desk: Desk,
    parts: Sequence[BillPart],
    *,
    currency: str,
    reference: str = "",
    operation_id: UUID,
    now: datetime,
) -> tuple[Outcome, ...]:
    """Take what each certificate pays of a bill: all of it happens, or nothing.

    Parts that take nothing are left out. The same operation again with the same parts is told again what it did.

    Raises:
        BillEmpty: nothing would be taken.
        LocationClosed, DeviceRevoked: nothing new happens there.
        LargesseError: the ledger refuses one; its `index` says which of those that take something.
    """
    taking, request = taking_of(parts), desk.request(operation_id, reference=reference)
    if not taking:
        raise BillEmpty
    merchant_id = desk.merchant.merchant_id
    if len(taking) == 1:
        [only] = taking
        place = Place(merchant_id=merchant_id, certificate_id=only.certificate_id)
        spot = desk.spot(only.entry_mode)
        spend = partial(redeem, deps, place, value=only.value, gratuity=only.gratuity, currency=currency)
        return (await spend(spot=spot, request=request, now=now),)
    if desk.refusal is not None:
        raise desk.refusal
    commands = [
        Redeem(
            **said_of(
                Place(merchant_id=merchant_id, certificate_id=part.certificate_id), request, desk.spot(part.entry_mode)
            ),
            value=part.value,
            gratuity=part.gratuity,
            currency=currency,
        )
        for part in taking
    ]
    return await deps.ledger.submit_all(commands, now=now)


def taking_of(parts: Sequence[BillPart]) -> list[BillPart]:
    """Return the parts of a bill that take something."""
    return [part for part in parts if part.value or part.gratuity]
