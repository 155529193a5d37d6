"""How a sale at a counter is paid, and which ways a location has."""

from datetime import datetime
from enum import StrEnum

from largesse.db import Connection
from largesse.domain import law
from largesse.domain.law import RuleState
from largesse.domain.merchants import Merchant
from largesse.domain.payments import CounterTender
from largesse.kernel.where import BooksSale, Where
from largesse.services.counter_sales.errors import FiscalTillAsked, LargesseBooksSale, TakesNoMoney, TillBooksSale


class SaleTender(StrEnum):
    """How a sale is paid."""

    CASH = "cash"
    TERMINAL = "terminal"
    TILL = "till"
    TRANSFER = "transfer"
    """By transfer: it is issued when the office has seen the money."""
    PHONE = "phone"
    """By card on the buyer's own phone, or by a link that is mailed."""

    @property
    def at_once(self) -> CounterTender | None:
        """Return what was paid when the sale is made; None where it is waited for."""
        return CounterTender(self.value) if self.value in set(CounterTender) else None


async def asks_fiscal_till(connection: Connection, merchant: Merchant, where: Where, *, now: datetime) -> bool:
    """Return whether the law profile that the merchant goes by asks for a fiscal till. Unknown is not asked."""
    found = await law.law_of(connection, merchant.merchant_id)
    if found is None:
        return False
    today = where.booked_on(now)
    held = law.known(law.holding(found.profile, "fiscal_till", issued_on=today, today=today))
    return held is not None and held.rule.state is RuleState.SET


async def refuse_tender(
    connection: Connection, merchant: Merchant, where: Where, tender: SaleTender, *, now: datetime
) -> None:
    """Refuse money that this location does not take that way.

    Raises:
        TakesNoMoney: nobody is paid there.
        TillBooksSale: the merchant's own till books there.
        LargesseBooksSale: it does not.
        FiscalTillAsked: the law asks for a fiscal till.
    """
    if not where.takes_money and tender.at_once is not None:
        raise TakesNoMoney
    at_till = where.books_sale is BooksSale.TILL
    if tender is SaleTender.TILL and not at_till:
        raise LargesseBooksSale
    if tender not in {SaleTender.CASH, SaleTender.TERMINAL}:
        return
    if at_till:
        raise TillBooksSale
    if await asks_fiscal_till(connection, merchant, where, now=now):
        raise FiscalTillAsked


async def tenders_of(
    connection: Connection, merchant: Merchant, where: Where, *, now: datetime
) -> tuple[SaleTender, ...]:
    """Return the ways to pay that a location has; waited for last."""
    waited = SaleTender.PHONE, SaleTender.TRANSFER
    if not where.takes_money:
        return waited
    if where.books_sale is BooksSale.TILL:
        return (SaleTender.TILL, *waited)
    if await asks_fiscal_till(connection, merchant, where, now=now):
        return waited
    return (SaleTender.CASH, SaleTender.TERMINAL, *waited)
