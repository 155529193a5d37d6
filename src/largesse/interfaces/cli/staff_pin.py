"""`largesse staff pin-code`: a code with which somebody sets their PIN on a till."""

import click

from largesse.db import Connection
from largesse.domain.merchants import find_merchant
from largesse.domain.staff import find_member
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime, actor
from largesse.interfaces.cli.staff_leaving import staff
from largesse.services.staff import Manager, as_member
from largesse.services.tills import offer_pin_code

__all__ = ["staff"]


@staff.command("pin-code")
@merchant_argument
@click.argument("address")
@click.option("--as", "acting_for", metavar="ADDRESS", help="The address of whom you act for, bound by their role.")
@click.pass_obj
def pin_code(runtime: Runtime, /, merchant: str, address: str, *, acting_for: str | None) -> None:
    """Make a code for ADDRESS at MERCHANT: typed on a till within ten minutes, it lets them set their PIN, once."""

    async def work(deps: CommandDependencies, connection: Connection) -> str:
        seller = await find_merchant(connection, merchant)
        membership, _ = await find_member(connection, seller.merchant_id, address)
        by = Manager(actor=actor())
        if acting_for is not None:
            by = await as_member(connection, seller, acting_for)
        return await offer_pin_code(connection, seller, membership, by=by, now=deps.clock.now())

    click.echo(runtime.run_in_transaction(work))
    click.echo("It counts for ten minutes, once, and is stored nowhere.", err=True)
