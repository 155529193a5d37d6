"""What stands on Today: what was sold, redeemed and is outstanding, and what waits for somebody."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain import approvals, banking, offline, portal, setup, wallets, withdrawals
from largesse.domain.merchants import Merchant
from largesse.domain.setup import BackupTrouble
from largesse.kernel.clock import day_of, start_of_day
from largesse.ledger import Account, Kind, effect
from largesse.services.office.dependencies import OfficeDependencies
from largesse.services.wallets import WARNS_BEFORE

_views = load(__package__, "views.sql")
_SHOWN = 5
_SILENT_AFTER = timedelta(days=2)
_SOLD = frozenset({Kind.ISSUE, Kind.ACTIVATE, Kind.RELOAD, Kind.UNDO_RELOAD})
_REDEEMED = frozenset({Kind.REDEEM, Kind.CAPTURE, Kind.REVERSE})


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a day came to in one currency, value and gratuity together, in smallest units."""

    sold: int = 0
    redeemed: int = 0
    changed: int = 0
    """By how much what is outstanding changed."""


class TodayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Today, yesterday, and the day of this date last year, in the merchant's currency."""

    today: DayFigures
    yesterday: DayFigures
    last_year: DayFigures
    outstanding: int

    @property
    def outstanding_yesterday(self) -> int:
        """Return what was outstanding when today began."""
        return self.outstanding - self.today.changed


class EndingKeys(TypedDict):
    """Keys of a telephone's wallet that end soon, or have."""

    wallet: str
    ends_at: datetime


class WorkLists(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for somebody: rows of which a few are shown, and counts."""

    gifts: tuple[Row, ...] = ()
    refunds: tuple[Row, ...] = ()
    endpoints: tuple[Row, ...] = ()
    credit: tuple[Row, ...] = ()
    payments: int = 0
    withdrawals: int = 0
    """Buyers who withdrew, and wait for their money or an answer."""
    withdrawals_due: date | None = None
    """The day by which the first of them has the money back."""
    unpaid: int = 0
    unpaid_reloads: int = 0
    """How many of those reload a certificate once they are paid."""
    lapsed: int = 0
    deliveries: int = 0
    bank_lines: int = 0
    """Lines of bank statements that wait to be matched."""
    bank_since: date | None = None
    """The day of the oldest of them."""
    tills: int = 0
    """What has to be settled of what tills took without a line."""
    silent: tuple[Row, ...] = ()
    """Devices that were not heard of for longer than a weekend lasts at most places."""
    requests: int = 0
    """What somebody else asked for, and the reader may approve."""
    stock: tuple[Row, ...] = ()
    """Offerings of which little is left."""
    pools: tuple[Row, ...] = ()
    """Pools of a till's codes that run low, and have no newer one to go on with."""
    backup: tuple[BackupTrouble, datetime | None] | None = None
    """What is the matter with the backups of the installation, and since when."""
    wallets: tuple[EndingKeys, ...] = ()
    """Keys of telephones' wallets that end soon, or have."""
    askings: int = 0
    """Organisations that ask for an agreement, or a change of theirs."""
    open_month: date | None = None
    """The last month that is over, where something was booked by its end and it is not closed."""


async def figures_of(deps: OfficeDependencies, merchant: Merchant, *, now: datetime) -> TodayFigures:
    """Return the figures of today, each read on a session of its own."""
    today = day_of(now, in_zone=merchant.zone)
    days = (today, today - timedelta(days=1), _year_before(today))

    async def of_day(day: date) -> DayFigures:
        since, until = (start_of_day(one, in_zone=merchant.zone) for one in (day, day + timedelta(days=1)))
        async with deps.database.connection() as connection:
            rows = await connection.fetch(_views.moved_between, merchant.merchant_id, since, until)
        return _figures([row for row in rows if row["currency"] == merchant.currency])

    async def outstanding() -> int:
        async with deps.database.connection() as connection:
            rows = await connection.fetch(_views.outstanding_now, merchant.merchant_id)
        return sum(row["amount"] for row in rows if row["currency"] == merchant.currency)

    (now_, before, year_ago), left = await asyncio.gather(asyncio.gather(*map(of_day, days)), outstanding())
    return TodayFigures(today=now_, yesterday=before, last_year=year_ago, outstanding=left)


async def second_person_lists(
    deps: OfficeDependencies,
    merchant: Merchant,
    lists: WorkLists,
    *,
    approver: UUID | None,
    owner: bool = False,
    closes: bool,
    now: datetime,
) -> WorkLists:
    """Return the same with what takes a second person: requests for an `approver`, the month for who `closes` it.

    `owner` is whether the approver decides what other owners ask for, too.
    """
    async with deps.database.connection() as connection:
        if approver is not None:
            waiting = await approvals.count_waiting(connection, merchant.merchant_id, but=approver, now=now)
            waiting += await approvals.count_waiting_at_tills(connection, merchant.merchant_id, but=approver, now=now)
            if owner:
                waiting += await approvals.count_waiting_for_owners(
                    connection, merchant.merchant_id, but=approver, now=now
                )
            lists = replace(lists, requests=waiting)
        if closes:
            this = day_of(now, in_zone=merchant.zone).replace(day=1)
            last = (this - timedelta(days=1)).replace(day=1)
            ended = start_of_day(this, in_zone=merchant.zone)
            is_open = await connection.fetchval(_views.month_is_open, merchant.merchant_id, last, ended)
            lists = replace(lists, open_month=last if is_open else None)
    return lists


async def work_lists(
    deps: OfficeDependencies,
    merchant_id: UUID,
    *,
    now: datetime,
    orders: bool,
    deliveries: bool,
    partners: bool,
    catalogue: bool = False,
    backups: bool = False,
    tills: bool = False,
    bank: bool = False,
    keys: bool = False,
) -> WorkLists:
    """Return what waits for somebody who reads orders, deliveries, partners and the catalogue, or not.

    `tills` is whether they settle what tills tell, `bank` whether they match payments, `backups` whether they are told
    of the installation's, `keys` whether they keep those of wallets.
    """
    async with deps.database.connection() as connection:
        lists = WorkLists()
        if orders:
            waiting, due_on = await withdrawals.count_open(connection, merchant_id)
            lists = replace(
                lists,
                gifts=await _rows(connection, _views.gifts_that_failed, merchant_id),
                refunds=await _rows(connection, _views.refunds_that_failed, merchant_id),
                payments=await connection.fetchval(_views.payments_for_nothing, merchant_id),
                withdrawals=waiting,
                withdrawals_due=due_on,
                unpaid=await connection.fetchval(_views.orders_unpaid, merchant_id),
                unpaid_reloads=await connection.fetchval(_views.reloads_unpaid, merchant_id),
                lapsed=await connection.fetchval(_views.lapsed_with_value, merchant_id, now),
            )
        if deliveries:
            lists = replace(
                lists,
                endpoints=tuple(await connection.fetch(_views.endpoints_in_trouble, merchant_id)),
                deliveries=await connection.fetchval(_views.deliveries_that_failed, merchant_id),
            )
        if bank:
            waiting, oldest = await banking.count_waiting(connection, merchant_id)
            lists = replace(lists, bank_lines=waiting, bank_since=oldest)
        if tills:
            lists = replace(
                lists,
                tills=await offline.count_open(connection, merchant_id),
                silent=await _rows(connection, _views.devices_not_heard_of, merchant_id, now - _SILENT_AFTER),
            )
        if catalogue:
            lists = replace(
                lists,
                stock=await _rows(connection, _views.stock_nearly_sold, merchant_id, now),
                pools=await _rows(connection, _views.pools_nearly_drawn, merchant_id),
            )
        if backups:
            lists = replace(lists, backup=await setup.backup_trouble(connection, now=now))
        if keys:
            known = (await wallets.keys_of(connection, merchant_id)).values()
            ending = [
                EndingKeys(wallet=one.wallet.value, ends_at=one.ends_at)
                for one in known
                if one.ends_at is not None and one.ends_at <= now + WARNS_BEFORE
            ]
            lists = replace(lists, wallets=tuple(ending))
        if partners:
            lists = replace(
                lists,
                credit=tuple(await connection.fetch(_views.credit_nearly_used, merchant_id)),
                askings=await portal.count_askings(connection, merchant_id),
            )
    return lists


def _figures(rows: Sequence[Row]) -> DayFigures:
    def of(wanted: Callable[[Kind], bool]) -> int:
        return sum(_change(row) for row in rows if wanted(Kind(row["kind"])))

    return DayFigures(
        sold=of(lambda kind: kind in _SOLD),
        redeemed=-of(lambda kind: kind in _REDEEMED),
        changed=of(lambda _kind: True),
    )


def _change(row: Row) -> int:
    debit, credit = (Account(row[name]) if row[name] else None for name in ("debit", "credit"))
    return effect(debit, credit, row["amount"])


async def _rows(connection: Connection, query: str, merchant_id: UUID, *more: object) -> tuple[Row, ...]:
    return tuple(await connection.fetch(query, merchant_id, _SHOWN, *more))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
