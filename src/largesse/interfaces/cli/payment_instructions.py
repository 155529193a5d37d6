"""`largesse payment instructions`: how a merchant is paid by hand, as its buyers read it."""

from typing import Any

import click

from largesse.domain import payments
from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.payments import PaymentInstructions
from largesse.domain.staff import Act
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.owner_askings import as_owner, ask_other_owner, owner_acting
from largesse.interfaces.cli.payment_account import payment
from largesse.interfaces.cli.runtime import Runtime, json_option, merchant_of
from largesse.services.owners import by_hand_said

__all__ = ["payment"]


@payment.group()
def instructions() -> None:
    """How buyers pay by hand, by currency. Without that, no buyer is offered to."""


@instructions.command()
@merchant_argument
@json_option
@click.pass_obj
def show(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """Show how buyers of MERCHANT pay by hand in its currency."""

    async def work(deps: CommandDependencies) -> PaymentInstructions | None:
        one = await merchant_of(deps, merchant)
        async with deps.database.connection() as connection:
            return await payments.instructions_of(connection, one.merchant_id, one.currency)

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
    else:
        click.echo("\n".join(found.lines()) if found else "Nobody is offered to pay by hand.")


@instructions.command("set")
@merchant_argument
@click.option("--holder", default="", help="Whose account it is.")
@click.option("--iban", default="", help="The account.")
@click.option("--bic", default="", help="The bank, where transfers from abroad need it.")
@click.option("--further", default="", help="Another kind of account, or where and when to pay at the counter.")
@click.option("--days", type=int, default=7, show_default=True, help="Days on which banks work, to keep an order.")
@click.option("--none", "nothing", is_flag=True, help="Offer nobody to pay by hand any more.")
@as_owner
@json_option
@click.pass_obj
def set_(
    runtime: Runtime, /, merchant: str, *, nothing: bool, acting_for: str | None, machine: bool, **given: Any
) -> None:
    """Write how buyers of MERCHANT pay by hand in its currency."""

    async def work(deps: CommandDependencies) -> dict[str, object] | PaymentInstructions | None:
        one = await merchant_of(deps, merchant)
        by = await owner_acting(deps, one, acting_for, Act.PAYMENT_ACCOUNTS)
        wanted = None if nothing else PaymentInstructions(currency=one.currency, **given)
        change = OwnerChange(
            act=OwnerAct.PAID_BY_HAND, subject=one.currency, name=one.currency, to=by_hand_said(wanted)
        )
        waits = await ask_other_owner(deps, one, change, by=by, reason=OwnerAct.PAID_BY_HAND.value)
        if waits is not None:
            return waits
        async with deps.database.connection() as connection:
            return await payments.instructions_of(connection, one.merchant_id, one.currency)

    done = runtime.run(work)
    if machine:
        click.echo(as_json(done))
    elif isinstance(done, dict):
        click.echo(fields(done))
    else:
        click.echo("\n".join(done.lines()) if done else "Nobody is offered to pay by hand any more.")
