"""Keep exchange rates, by hand or from a file."""

from collections.abc import Sequence
from datetime import datetime

from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.rates import Rate, put_rates
from largesse.domain.staff import Audited
from largesse.services.banking.accounts import demand_booking
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.staff import Manager


async def keep_rates(
    deps: BankingDependencies, merchant: Merchant, rates: Sequence[Rate], *, by: Manager, now: datetime
) -> int:
    """Keep rates, all of them, and return how many; one of the same day and currency is set anew.

    Raises:
        ActRefused: the role does not allow it.
    """
    demand_booking(by)
    async with deps.transaction() as connection:
        await put_rates(connection, rates)
        await staff.record(
            connection, merchant.merchant_id, Audited.RATES_KEPT, subject=str(merchant.merchant_id), actor=by.actor,
            reason=rates[0].source if rates else None, now=now,
        )  # fmt: skip
    return len(rates)
