"""The answer to a certificate at a counter: what may be taken, or why nothing, since when, and what may be done."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, locations, orders
from largesse.domain.law import CashOutAnswer, Owed
from largesse.domain.orders import Order
from largesse.kernel.tax import TaxKind
from largesse.ledger import Certificate, ClassOfValue, Entry, Hold, Kind, Status
from largesse.services.certificates import Located, may_cash_out
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.gifts import was_replaced

_FILLS: Final = frozenset({Kind.ISSUE, Kind.ACTIVATE, Kind.TRANSFER})
_USES: Final = frozenset({Kind.REDEEM, Kind.CAPTURE, Kind.REVERSE, Kind.HOLD, Kind.RELEASE, Kind.RELOAD})


class Spendable(StrEnum):
    """Whether something may be taken from a certificate, or why not."""

    YES = "yes"
    HELD = "held"
    """All that is left is set aside for tabs."""
    EMPTY = "empty"
    INACTIVE = "inactive"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    REPLACED = "replaced"
    """It goes on under another number."""
    ENDED = "ended"
    """It was cancelled, or paid out."""
    HANDED_OVER = "handed_over"


_RELOADED = frozenset({Spendable.YES, Spendable.HELD, Spendable.EMPTY})


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a certificate: what, when, and the location where, where it is known."""

    kind: Kind
    at: datetime
    location: str | None = None


class CounterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All that a counter is told of a certificate. `counts_at` names the locations where it counts, none for all.

    `since` is when it came to be as `spendable` says, where that is known; `cash_out` what the law profile says of the
    rest, None where the merchant goes by none.
    """

    located: Located
    spendable: Spendable
    since: datetime | None = None
    sold: Happened | None = None
    last_use: Happened | None = None
    order_number: str | None = None
    offering: str = ""
    terms: str = ""
    class_of_value: ClassOfValue
    counts_at: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    cash_out: CashOutAnswer | None = None

    @property
    def may_pay_out(self) -> bool:
        """Return whether the holder may ask for the rest in money."""
        return self.cash_out is not None and self.cash_out.owed is Owed.YES and self.spendable is Spendable.YES

    @property
    def may_reload(self) -> bool:
        """Return whether something may be added: to what somebody paid for, and what still stands."""
        return self.class_of_value is ClassOfValue.PAID and self.spendable in _RELOADED


async def answer_to(
    deps: CounterWorkDependencies, located: Located, *, language: str = "en", now: datetime
) -> CounterAnswer:
    """Return what a counter is told of a certificate."""
    one, merchant_id = located.certificate, located.certificate.merchant_id
    async with deps.database.connection() as connection:
        rows = await deps.ledger.statement(connection, merchant_id, one.certificate_id)
        holds = await deps.ledger.open_holds(connection, merchant_id, one.certificate_id) if _is_held(one) else []
        known = await locations.locations(connection, merchant_id)
        numbers = [one.order_number] if one.order_number else []
        bought = (await orders.find_by_numbers(connection, merchant_id, numbers)) if numbers else {}
        order = bought.get(one.order_number or "")
        offering, terms = await _offered(connection, order, language)
    names = {place.location_id: place.name for place in known}
    spendable = spendable_of(one, rows, now=now)
    promised = one.class_of_value is not ClassOfValue.PROMOTIONAL and spendable is Spendable.YES
    return CounterAnswer(
        located=located,
        spendable=spendable,
        since=_since(one, rows, spendable),
        sold=_happened(next((row for row in rows if row.kind in _FILLS), None), names),
        last_use=_happened(next((row for row in reversed(rows) if row.kind in _USES), None), names),
        order_number=one.order_number,
        offering=offering or (order.description if order else ""),
        terms=terms,
        class_of_value=one.class_of_value,
        counts_at=_counts_at(one, {place.location_id: place.entity_id for place in known}, names),
        holds=tuple(holds),
        cash_out=await may_cash_out(deps, located.place, now=now) if promised else None,
    )


def spendable_of(one: Certificate, rows: Sequence[Entry], *, now: datetime) -> Spendable:
    """Return whether something may be taken from a certificate, or why not. Pure."""
    by_status = {
        Status.INACTIVE: Spendable.INACTIVE,
        Status.BLOCKED: Spendable.BLOCKED,
        Status.EXPIRED: Spendable.EXPIRED,
        Status.HANDED_OVER: Spendable.HANDED_OVER,
    }
    if one.status is Status.VOID:
        return Spendable.REPLACED if was_replaced(one, rows) else Spendable.ENDED
    if one.status in by_status:
        return by_status[one.status]
    if one.expired(now):
        return Spendable.EXPIRED
    if not one.balance and not one.gratuity_balance:
        return Spendable.EMPTY
    return Spendable.YES if one.available or one.gratuity_available else Spendable.HELD


def _is_held(one: Certificate) -> bool:
    return bool(one.held or one.gratuity_held)


def _since(one: Certificate, rows: Sequence[Entry], spendable: Spendable) -> datetime | None:
    """Return when it came to be so: the moment of the row that ended it, or of the day that passed."""
    if spendable in {Spendable.YES, Spendable.HELD}:
        return None
    if spendable is Spendable.EXPIRED:
        return one.expires_at
    if spendable is Spendable.BLOCKED:
        return next((row.recorded_at for row in reversed(rows) if row.kind is Kind.BLOCK), None)
    told = (row for row in reversed(rows) if row.kind not in {Kind.SETTLE, Kind.EXTEND})
    return next((row.recorded_at for row in told), None)


def _happened(row: Entry | None, names: dict[UUID, str]) -> Happened | None:
    if row is None:
        return None
    return Happened(
        kind=row.kind, at=row.effective_at or row.recorded_at, location=names.get(row.location_id or row.operation_id)
    )


def _counts_at(one: Certificate, entity_of: dict[UUID, UUID], names: dict[UUID, str]) -> tuple[str, ...]:
    """Return where single-purpose value counts: its tax was paid in the books of one legal entity (ARCHITECTURE §3)."""
    if one.treatment.kind is not TaxKind.SINGLE_PURPOSE:
        return ()
    mine = {lot.legal_entity_id for lot in one.lots if lot.legal_entity_id is not None and not lot.is_empty}
    counting = [names[place] for place, entity in entity_of.items() if entity in mine]
    return tuple(sorted(counting)) if mine and len(counting) < len(names) else ()


async def _offered(connection: Connection, order: Order | None, language: str) -> tuple[str, str]:
    """Return what an order was for, and its terms, in the words of a language."""
    if order is None or order.offering_id is None:
        return "", ""
    found = await catalog.offerings_of(connection, order.merchant_id, [order.offering_id])
    if order.offering_id not in found:
        return "", ""
    words = found[order.offering_id].words(language)
    return words.title or "", words.terms or ""
