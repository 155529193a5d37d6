"""`largesse request`, continued: what one owner asks of another, and the word that has it done."""

from uuid import UUID

import click

from largesse.domain import approvals
from largesse.domain.approvals import OwnerRequest
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.owner_askings import asking_facts
from largesse.interfaces.cli.request import acting, as_option
from largesse.interfaces.cli.request_tills import request
from largesse.interfaces.cli.runtime import Runtime, json_option
from largesse.services.owners import give_word, withhold_word

__all__ = ["request"]


@request.command("of-owners")
@merchant_argument
@json_option
@click.pass_obj
def of_owners(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List what owners of MERCHANT asked each other: what waits first, then what was decided."""

    async def work(deps: CommandDependencies) -> list[dict[str, object]]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            found = await approvals.owner_requests(connection, seller.merchant_id)
        return [asking_facts(one, seller, now=deps.clock.now()) for one in found]

    rows = runtime.run(work)
    if machine:
        click.echo(as_json(rows))
        return
    if not rows:
        click.echo("Nothing waits for an owner.")
    for row in rows:
        click.echo(f"{row['request']}  {row['state']!s:<9}  {row['says']}  {row['reason']}")


@request.command("give-word")
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@as_option
@json_option
@click.pass_obj
def give(runtime: Runtime, /, merchant: str, request_id: UUID, *, acting_for: str, machine: bool) -> None:
    """Have REQUEST done, which another owner asked for."""

    async def work(deps: CommandDependencies) -> tuple[Merchant, OwnerRequest, CommandDependencies]:
        seller, by = await acting(deps, merchant, acting_for)
        return seller, await give_word(deps, seller, request_id, by=by, now=deps.clock.now()), deps

    _show(*runtime.run(work), machine=machine)


@request.command("withhold-word")
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@as_option
@json_option
@click.pass_obj
def withhold(runtime: Runtime, /, merchant: str, request_id: UUID, *, acting_for: str, machine: bool) -> None:
    """Refuse REQUEST of another owner, or take back one's own."""

    async def work(deps: CommandDependencies) -> tuple[Merchant, OwnerRequest, CommandDependencies]:
        seller, by = await acting(deps, merchant, acting_for)
        return seller, await withhold_word(deps, seller, request_id, by=by, now=deps.clock.now()), deps

    _show(*runtime.run(work), machine=machine)


def _show(seller: Merchant, one: OwnerRequest, deps: CommandDependencies, *, machine: bool) -> None:
    found = asking_facts(one, seller, now=deps.clock.now())
    click.echo(as_json(found) if machine else fields(found))
