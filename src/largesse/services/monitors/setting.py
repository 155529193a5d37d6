"""Set a monitor, and take it away."""

from datetime import datetime
from typing import Final
from uuid import UUID

from largesse.db import load
from largesse.domain import monitors, staff
from largesse.domain.merchants import Merchant
from largesse.domain.monitors import MONITORS_MAX, Monitor, MonitorInvalid, Watched
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError
from largesse.services.monitors.dependencies import MonitorDependencies
from largesse.services.reports import EXCEPTIONS
from largesse.services.staff import Manager

_views = load(__package__, "views.sql")

ACTS: Final = EXCEPTIONS
"""What may be watched of people and devices, as reports call it."""
_BOUND_MAX: Final = 10**15
_PERCENT_MAX: Final = 100
_OF_MONEY: Final = frozenset({Watched.LIABILITY, Watched.REDEEMED_HOUR})


async def set_monitor(deps: MonitorDependencies, merchant: Merchant, one: Monitor, *, by: Manager) -> Monitor:
    """Watch a figure from now on; audited.

    Raises:
        ActRefused: the role does not read figures, or nobody is named.
        MonitorInvalid: the currency, the offering, the exception or the bound; or there are too many.
    """
    _demand(by)
    faults = _faults(one)
    async with deps.transaction() as connection:
        known = await monitors.list_monitors(connection, merchant.merchant_id)
        if len(known) >= MONITORS_MAX:
            faults.append(_fault("watched", f"There are {MONITORS_MAX} already. Take one away first."))
        if one.watched is Watched.STOCK and one.offering_id is not None:
            left = await connection.fetchval(_views.stock_left, merchant.merchant_id, one.offering_id)
            if left is None:
                faults.append(_fault("offering_id", "Choose an offering whose stock is limited."))
        if faults:
            raise MonitorInvalid(fields=faults)
        await monitors.insert_monitor(connection, one)
        await staff.record(
            connection, merchant.merchant_id, Audited.MONITOR_SET, subject=str(one.monitor_id), actor=by.actor,
            reason=one.watched.value, now=one.made_at,
        )  # fmt: skip
    return one


async def remove_monitor(
    deps: MonitorDependencies, merchant: Merchant, monitor_id: UUID, *, by: Manager, now: datetime
) -> None:
    """Watch it no more; audited.

    Raises:
        ActRefused: the role does not read figures, or nobody is named.
        MonitorUnknown: there is none of that id.
    """
    _demand(by)
    async with deps.transaction() as connection:
        await monitors.delete_monitor(connection, merchant.merchant_id, monitor_id)
        await staff.record(
            connection, merchant.merchant_id, Audited.MONITOR_REMOVED, subject=str(monitor_id), actor=by.actor,
            reason=None, now=now,
        )  # fmt: skip


def _demand(by: Manager) -> None:
    if by.person_id is None or by.role is None or not may(by.role, Act.FIGURES_READ):
        raise ActRefused(Act.FIGURES_READ.value)


def _faults(one: Monitor) -> list[FieldError]:
    faults = []
    if (one.watched in _OF_MONEY) != (one.currency is not None) or (one.currency and not is_currency(one.currency)):
        faults.append(_fault("currency", "Choose a currency by its code, such as EUR."))
    if (one.watched is Watched.STOCK) != (one.offering_id is not None):
        faults.append(_fault("offering_id", "Choose an offering whose stock is limited."))
    if (one.watched is Watched.EXCEPTION) != (one.act is not None) or (one.act and one.act not in ACTS):
        faults.append(_fault("act", "Choose what is counted."))
    most = _PERCENT_MAX if one.watched is Watched.CREDIT else _BOUND_MAX
    if not 0 <= one.bound <= most:
        faults.append(_fault("bound", "Write a bound, 0 or more; of credit in percent."))
    return faults


def _fault(field: str, told: str) -> FieldError:
    return FieldError(field, MonitorInvalid.code, told)
