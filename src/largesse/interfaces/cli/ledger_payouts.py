"""`largesse ledger`, continued: what pays out what is owed, and closes a till's day."""

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any
from uuid import UUID

import click

from largesse.domain.merchants import Merchant
from largesse.interfaces.cli.arguments import Operation, merchant_argument, minor, operation_options
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.ledger import ledger
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, merchant_of
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import bookkeeping
from largesse.services.bookkeeping import GratuityPayer, Paid, TenderClosed
from largesse.services.certificates import Request

__all__ = ["ledger"]

_DONE_BEFORE = " (done before; nothing was done again)"
_MONEY = click.option("--currency", "code", help="ISO 4217 code; the merchant's own without it.")


def _day(_ctx: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    try:
        found = None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("write a day as year, month and day, such as 2026-11-01") from error
    if found == date.max:
        raise click.BadParameter("there is no day after it")
    return found


_THROUGH = click.option("--through", callback=_day, help="Only what was booked through this business day.")
_AMOUNT = click.option("--amount", help="So much of it; all of it without.")


@ledger.command("pay-out-gratuities")
@merchant_argument
@click.option("--location", required=True, help="The code or id of the location where they were earned.")
@click.option(
    "--from",
    "payer",
    type=click.Choice([one.value for one in GratuityPayer]),
    required=True,
    help="What pays: the location's drawer, the bank, or the wages.",
)
@_AMOUNT
@_MONEY
@_THROUGH
@click.option("--paid-to", type=click.UUID, help="The id of the person or pool that gets it.")
@operation_options
@click.pass_obj
def pay_out_gratuities(
    runtime: Runtime,
    /,
    merchant: str,
    *,
    location: str,
    payer: str,
    amount: str | None,
    code: str | None,
    through: date | None,
    paid_to: UUID | None,
    operation: Operation,
) -> None:
    """Pay out gratuities that MERCHANT owes to the staff of a location."""

    async def pay(deps: CommandDependencies, known: Merchant, request: Request) -> Paid:
        money = code or known.currency
        return await bookkeeping.pay_out_gratuities(
            deps,
            known,
            location,
            payer=GratuityPayer(payer),
            currency=money,
            amount=None if amount is None else minor(amount, money),
            through=through,
            paid_to=paid_to,
            request=request,
            now=deps.clock.now(),
        )

    _paid(runtime, merchant, operation, pay)


@ledger.command("pay-unclaimed-property")
@merchant_argument
@_AMOUNT
@_MONEY
@_THROUGH
@operation_options
@click.pass_obj
def pay_unclaimed_property(
    runtime: Runtime,
    /,
    merchant: str,
    *,
    amount: str | None,
    code: str | None,
    through: date | None,
    operation: Operation,
) -> None:
    """Pay the state what MERCHANT owes to it as unclaimed property, from the bank."""

    async def pay(deps: CommandDependencies, known: Merchant, request: Request) -> Paid:
        money = code or known.currency
        return await bookkeeping.pay_unclaimed_property(
            deps,
            known,
            currency=money,
            amount=None if amount is None else minor(amount, money),
            through=through,
            request=request,
            now=deps.clock.now(),
        )

    _paid(runtime, merchant, operation, pay)


@ledger.command("close-tender")
@merchant_argument
@click.option("--location", required=True, help="The code or id of the location whose own till it is.")
@click.option("--day", callback=_day, required=True, help="The business day.")
@click.option("--sold", required=True, help="What the till sold certificates for; 0 for none.")
@click.option("--taken", required=True, help="What it took in certificates; 0 for none.")
@_MONEY
@operation_options
@click.pass_obj
def close_tender(
    runtime: Runtime,
    /,
    merchant: str,
    *,
    location: str,
    day: date,
    sold: str,
    taken: str,
    code: str | None,
    operation: Operation,
) -> None:
    """Close a day of MERCHANT's own till at a location, against what the till added up; the difference is booked."""

    async def close(deps: CommandDependencies, known: Merchant, request: Request) -> TenderClosed:
        money = code or known.currency
        return await bookkeeping.close_tender(
            deps,
            known,
            location,
            day=day,
            currency=money,
            sold=minor(sold, money),
            taken=minor(taken, money),
            request=request,
            now=deps.clock.now(),
        )

    done = runtime.run(lambda deps: _asked(deps, merchant, operation, close))
    if operation.machine:
        click.echo(as_json(done))
        return
    money = currency(done.currency)
    again = _DONE_BEFORE if done.replayed else ""
    difference = f"the books had {plain(done.difference, money)} more" if done.difference else "no difference"
    click.echo(f"{plain(done.total, money)} {done.currency} closed, {difference}{again}")


Work = Callable[[CommandDependencies, Merchant, Request], Coroutine[Any, Any, Any]]


async def _asked(deps: CommandDependencies, merchant: str, operation: Operation, work: Work) -> Any:
    known = await merchant_of(deps, merchant)
    return await work(deps, known, operation.request(known.merchant_id, now=deps.clock.now()))


def _paid(runtime: Runtime, merchant: str, operation: Operation, pay: Work) -> None:
    done: Paid = runtime.run(lambda deps: _asked(deps, merchant, operation, pay))
    if operation.machine:
        click.echo(as_json(done))
        return
    money = currency(done.currency)
    again = _DONE_BEFORE if done.replayed else ""
    click.echo(f"{plain(done.amount, money)} {done.currency} paid out, {plain(done.left, money)} still owed{again}")
