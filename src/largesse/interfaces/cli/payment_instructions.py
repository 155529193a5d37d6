"""`largesse payment instructions`: how a merchant is paid by hand, as its buyers read it."""

import click

from largesse.domain import payments
from largesse.domain.merchants import find_merchant
from largesse.domain.payments import PaymentInstructions
from largesse.domain.staff import Audited, ByWhom
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.payment_account import payment
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, merchant_of

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
@json_option
@click.pass_obj
def set_(runtime: Runtime, /, merchant: str, *, nothing: bool, machine: bool, **given: str) -> None:
    """Write how buyers of MERCHANT pay by hand in its currency."""

    async def work(deps: CommandDependencies) -> PaymentInstructions | None:
        now = deps.clock.now()
        async with deps.database.transaction() as connection:
            one = await find_merchant(connection, merchant)
            kept = None
            if nothing:
                await payments.forget_instructions(connection, one.merchant_id, one.currency)
            else:
                wanted = PaymentInstructions(currency=one.currency, **given)  # type: ignore[arg-type]  # click made days a number
                kept = await payments.write_instructions(connection, one.merchant_id, wanted, now=now)
            await ByWhom(actor=actor()).record(
                connection,
                one.merchant_id,
                Audited.PAYMENT_INSTRUCTIONS_WRITTEN,
                subject=one.merchant_id,
                detail=one.currency if kept else f"{one.currency}, none",
                now=now,
            )
        return kept

    done = runtime.run(work)
    if machine:
        click.echo(as_json(done))
    else:
        click.echo("\n".join(done.lines()) if done else "Nobody is offered to pay by hand any more.")
