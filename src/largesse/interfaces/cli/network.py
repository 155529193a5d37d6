"""`largesse network`: from which networks people of a merchant come, and what may be used from there alone."""

from collections.abc import Awaitable, Callable

import click

from largesse.db import Connection
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.networks import WorkNetworks, work_networks
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.services import tills as services
from largesse.services.staff import Manager

Work = Callable[[CommandDependencies, Connection, Merchant, Manager], Awaitable[None]]


@click.group()
def network() -> None:
    """List the networks of a merchant; bind office and tills to them, or let people in from everywhere again.

    MERCHANT is a slug or a number; NETWORK is an address, or a network such as 192.0.2.0/24.
    """


@network.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the networks of MERCHANT, and what is bound to them."""
    _change(runtime, merchant, machine=machine)


@network.command()
@merchant_argument
@click.argument("network")
@click.option("--name", required=True, help="What is there, such as Shop.")
@json_option
@click.pass_obj
def add(runtime: Runtime, /, merchant: str, network: str, *, name: str, machine: bool) -> None:
    """Add NETWORK to the list of MERCHANT."""

    async def work(deps: CommandDependencies, connection: Connection, seller: Merchant, by: Manager) -> None:
        await services.put_network(connection, seller, network, name, by=by, now=deps.clock.now())

    _change(runtime, merchant, work, machine=machine)


@network.command()
@merchant_argument
@click.argument("network")
@json_option
@click.pass_obj
def remove(runtime: Runtime, /, merchant: str, network: str, *, machine: bool) -> None:
    """Take NETWORK off the list of MERCHANT."""

    async def work(deps: CommandDependencies, connection: Connection, seller: Merchant, by: Manager) -> None:
        await services.take_network(connection, seller, network, by=by, now=deps.clock.now())

    _change(runtime, merchant, work, machine=machine)


@network.command()
@merchant_argument
@click.option("--office/--no-office", required=True, help="Whether the office may be used from the networks alone.")
@click.option("--tills/--no-tills", required=True, help="Whether the tills may.")
@json_option
@click.pass_obj
def bind(runtime: Runtime, /, merchant: str, *, office: bool, tills: bool, machine: bool) -> None:
    """Let the office or the tills of MERCHANT be used from its networks alone."""

    async def work(deps: CommandDependencies, connection: Connection, seller: Merchant, by: Manager) -> None:
        await services.change_binding(connection, seller, office=office, tills=tills, by=by, now=deps.clock.now())

    _change(runtime, merchant, work, machine=machine)


@network.command()
@merchant_argument
@json_option
@click.pass_obj
def unbind(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """Let everybody of MERCHANT in from everywhere again: for who has locked themselves out."""

    async def work(deps: CommandDependencies, connection: Connection, seller: Merchant, by: Manager) -> None:
        await services.change_binding(connection, seller, office=False, tills=False, by=by, now=deps.clock.now())

    _change(runtime, merchant, work, machine=machine)


def _change(runtime: Runtime, merchant: str, change: Work | None = None, *, machine: bool) -> None:
    """Change the networks of a merchant, and show them as they are then."""

    async def work(deps: CommandDependencies, connection: Connection) -> WorkNetworks:
        seller = await find_merchant(connection, merchant)
        if change is not None:
            await change(deps, connection, seller, Manager(actor=actor()))
        return await work_networks(connection, seller.merchant_id)

    found = runtime.run_in_transaction(work)
    if machine:
        networks = [{"network": str(one.network), "name": one.name} for one in found.networks]
        click.echo(as_json({"office": found.binds_office, "tills": found.binds_tills, "networks": networks}))
        return
    for one in found.networks:
        click.echo(f"{one.network!s:<24}  {one.name}")
    bound = [name for name, binds in (("office", found.binds_office), ("tills", found.binds_tills)) if binds]
    click.echo(f"Used from there alone: {', '.join(bound)}." if bound else "People come in from everywhere.")
