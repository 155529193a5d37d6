"""`largesse staff`, continued: what somebody who leaves knows, and new numbers for all of it."""

import click
import msgspec

from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.staff import Membership, find_member
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.interfaces.cli.staff import staff
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.office import KnownCertificate, NumbersRenewed, known_to, renew_numbers
from largesse.services.staff import Manager, as_member

__all__ = ["staff"]


@staff.command()
@merchant_argument
@click.argument("address")
@json_option
@click.pass_obj
def known(runtime: Runtime, /, merchant: str, address: str, *, machine: bool) -> None:
    """List what ADDRESS sold, found, revealed or printed at MERCHANT and still holds value; also of who has left."""

    async def work(deps: CommandDependencies) -> list[KnownCertificate]:
        seller, membership = await _member(deps, merchant, address)
        return await known_to(deps, seller, membership)

    found = runtime.run(work)
    if machine:
        click.echo(as_json([msgspec.structs.asdict(one) for one in found]))
        return
    if not found:
        click.echo("Nothing that still holds value.")
    for one in found:
        click.echo(_line(one))


@staff.command("renew-numbers")
@merchant_argument
@click.argument("address")
@click.option("--reason", required=True, help="Why, for the audit log.")
@click.option("--as", "acting_for", metavar="ADDRESS", help="The address of whom you act for, bound by their role.")
@json_option
@click.pass_obj
def renew(
    runtime: Runtime, /, merchant: str, address: str, *, reason: str, acting_for: str | None, machine: bool
) -> None:
    """Give all that ADDRESS knows at MERCHANT new numbers: the first ones are dead. Mailed gifts are mailed again."""

    async def work(deps: CommandDependencies) -> NumbersRenewed:
        seller, membership = await _member(deps, merchant, address)
        by = Manager(actor=actor())
        if acting_for is not None:
            async with deps.database.connection() as connection:
                by = await as_member(connection, seller, acting_for)
            by.demand_over(membership.role)
        return await renew_numbers(deps, seller, membership, by=by, reason=reason, now=deps.clock.now())

    done = runtime.run(work)
    if machine:
        refused = [{"certificate": str(one.certificate_id), "why": why} for one, why in done.refused]
        click.echo(as_json({"renewed": done.renewed, "mailed": done.mailed, "refused": refused}))
        return
    click.echo(f"{done.renewed} have new numbers, {done.mailed} of them were mailed again.")
    for one, why in done.refused:
        click.echo(f"{_line(one)}  kept: {why}")


async def _member(deps: CommandDependencies, merchant: str, address: str) -> tuple[Merchant, Membership]:
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        membership, _ = await find_member(connection, seller.merchant_id, address, ended_too=True)
    return seller, membership


def _line(one: KnownCertificate) -> str:
    money = Money(one.balance + one.gratuity_balance, currency(one.currency))
    return f"{one.certificate_id}  …{one.last_four}  {money} {one.currency}  {', '.join(one.how)}"
