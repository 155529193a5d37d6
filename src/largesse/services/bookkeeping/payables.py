"""Pay out what is owed: gratuities to the staff of a location, unclaimed property to the state.

Never more than the books say is owed. Whoever pays out of one location's gratuities, or of one currency's unclaimed
property, waits for whoever does already: the chain is locked before the books are asked.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.where import Where
from largesse.ledger import Account, Kind, Outcome, PostEntry, SubjectKind, Sum, fingerprint, sums
from largesse.services.bookkeeping.dependencies import BookkeepingDependencies
from largesse.services.certificates import Request, bank_account_of, drawer_of

_DAY = timedelta(days=1)


class PayableExceeded(Conflict):
    """Less is owed than was to be paid."""

    code = "payable.exceeded"
    message = "Less than that is owed there. `largesse report balances` tells what is; pay that much at most."


class GratuityPayer(StrEnum):
    """Where gratuities are paid from."""

    DRAWER = "drawer"
    BANK = "bank"
    PAYROLL = "payroll"
    """With the wages: the bank's statement tells when."""


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What was paid out, and what is still owed there; amounts in the smallest unit."""

    currency: str
    amount: int
    left: int
    operation_id: UUID
    replayed: bool = False


async def pay_out_gratuities(
    deps: BookkeepingDependencies,
    merchant: Merchant,
    location: str,
    *,
    payer: GratuityPayer,
    currency: str,
    amount: int | None = None,
    through: date | None = None,
    paid_to: UUID | None = None,
    request: Request,
    now: datetime,
) -> Paid:
    """Pay gratuities of a location, those that were booked through a business day: all of them, or `amount`.

    `paid_to` is a person or a pool. A location has one drawer, until drawers are kept by themselves.

    Raises:
        LocationUnknown: the merchant has none of that code or id.
        PayableExceeded: less is owed there.
        OperationConflict: the operation id was used for something else.
    """
    currency_of(currency)
    async with deps.database.connection() as connection:
        found = await locations.find_location(connection, merchant.merchant_id, location)
    where = await deps.locator.last_known(merchant.merchant_id, found.location_id)
    said = (payer, currency, amount, str(through), str(paid_to), request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(("gratuities", str(found.location_id), *said)))
    kind, subject_id = _payer(payer, where)

    def entry(due: int) -> PostEntry:
        return PostEntry(
            merchant_id=merchant.merchant_id,
            operation_id=request.operation_id,
            actor=request.actor,
            memo=request.memo,
            where=where,
            fingerprint=asked,
            subject_kind=kind,
            subject_id=subject_id,
            kind=Kind.PAY_OUT_GRATUITIES,
            reason="payroll" if payer is GratuityPayer.PAYROLL else "paid",
            party_id=paid_to,
            currency=currency,
            amount=due,
        )

    async def work(connection: Connection) -> Paid:
        await deps.ledger.lock_subject(connection, merchant.merchant_id, SubjectKind.LOCATION, where.location_id)
        done = await _pay(
            deps,
            connection,
            entry,
            asked=asked,
            amount=amount,
            owed=lambda one: _owed(one, Account.GRATUITIES_PAYABLE, currency, where.location_id),
            through=through,
            now=now,
        )
        by = ByWhom(actor=request.actor, why=request.memo, operation_id=request.operation_id)
        subject, key = where.location_id, merchant.merchant_id
        await by.record(connection, key, Audited.GRATUITIES_PAID, subject=subject, detail=payer.value, now=now)
        return done

    return await deps.retrying(work)


async def gratuities_owed(connection: Connection, merchant_id: UUID) -> dict[tuple[UUID, str], int]:
    """Return what gratuities are owed to the staff of locations, by location and currency."""
    found: dict[tuple[UUID, str], int] = {}
    for one in await sums(connection, merchant_id):
        key = one.location_id, one.currency
        found[key] = found.get(key, 0) + _owed(one, Account.GRATUITIES_PAYABLE, one.currency)
    return {key: owed for key, owed in found.items() if owed}


async def pay_unclaimed_property(
    deps: BookkeepingDependencies,
    merchant: Merchant,
    *,
    currency: str,
    amount: int | None = None,
    through: date | None = None,
    request: Request,
    now: datetime,
) -> Paid:
    """Pay the state what is owed to it as unclaimed property, from the merchant's bank: all of it, or `amount`.

    Raises:
        PayableExceeded: less is owed.
        OperationConflict: the operation id was used for something else.
    """
    currency_of(currency)
    said = (currency, amount, str(through), request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(("unclaimed-property", *said)))
    async with deps.database.connection() as connection:
        home = await locations.default_location(connection, merchant.merchant_id)
    where = await deps.locator.last_known(merchant.merchant_id, home.location_id)

    def entry(due: int) -> PostEntry:
        return PostEntry(
            merchant_id=merchant.merchant_id,
            operation_id=request.operation_id,
            actor=request.actor,
            memo=request.memo,
            where=where,
            fingerprint=asked,
            subject_kind=SubjectKind.BANK_ACCOUNT,
            subject_id=bank_account_of(where),
            kind=Kind.PAY_UNCLAIMED_PROPERTY,
            reason="paid",
            currency=currency,
            amount=due,
        )

    async def work(connection: Connection) -> Paid:
        await deps.ledger.lock_subject(
            connection, merchant.merchant_id, SubjectKind.BANK_ACCOUNT, bank_account_of(where)
        )
        return await _pay(
            deps,
            connection,
            entry,
            asked=asked,
            amount=amount,
            owed=lambda one: _owed(one, Account.UNCLAIMED_PROPERTY, currency),
            through=through,
            now=now,
        )

    return await deps.retrying(work)


def _payer(payer: GratuityPayer, where: Where) -> tuple[SubjectKind, UUID]:
    match payer:
        case GratuityPayer.DRAWER:
            return SubjectKind.TILL_DRAWER, drawer_of(where)
        case GratuityPayer.BANK:
            return SubjectKind.BANK_ACCOUNT, bank_account_of(where)
        case GratuityPayer.PAYROLL:
            return SubjectKind.LOCATION, where.location_id


async def _pay(
    deps: BookkeepingDependencies,
    connection: Connection,
    entry: Callable[[int], PostEntry],
    *,
    asked: bytes,
    amount: int | None,
    owed: Callable[[Sum], int],
    through: date | None,
    now: datetime,
) -> Paid:
    """Pay what is owed, or so much of it; the chain that stands for it is locked."""
    wanted = entry(amount or 0)
    before = await deps.ledger.replayed(connection, wanted.merchant_id, wanted.operation_id, fingerprint=asked)
    due = await _due(connection, wanted.merchant_id, owed, through)
    if before is not None:
        return _paid(before, due)
    if due <= 0 or (amount is not None and amount > due):
        raise PayableExceeded
    [outcome] = await deps.ledger.post(connection, [entry(due if amount is None else amount)], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    return _paid(outcome, due - outcome.value)


async def _due(connection: Connection, merchant_id: UUID, owed: Callable[[Sum], int], through: date | None) -> int:
    """Return what is owed now of what was booked through a day: what was paid since counts, whenever it was booked."""
    now_owed = sum(map(owed, await sums(connection, merchant_id)))
    if through is None:
        return now_owed
    then = await sums(connection, merchant_id, until=through + _DAY)
    later = [one for one in await sums(connection, merchant_id, since=through + _DAY) if not one.before]
    return sum(map(owed, then)) + sum(min(owed(one), 0) for one in later)


def _owed(one: Sum, account: Account, currency: str, location_id: UUID | None = None) -> int:
    if one.currency != currency or location_id not in {None, one.location_id}:
        return 0
    return one.sum * ((one.credit is account) - (one.debit is account))


def _paid(outcome: Outcome, left: int) -> Paid:
    return Paid(
        currency=outcome.currency,
        amount=outcome.value,
        left=left,
        operation_id=outcome.operation_id,
        replayed=outcome.replayed,
    )
