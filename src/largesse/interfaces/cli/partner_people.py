"""`largesse partner people …`: who acts for a partner in the portal. Nobody's password or codes can be seen or set."""

import click

from largesse.db import Connection
from largesse.domain import portal
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.partners import Partner
from largesse.domain.portal import PartnerRole
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.partner import find, name_argument
from largesse.interfaces.cli.partner_access import partner
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.kernel.amounts import read_plain_amount
from largesse.kernel.currency import currency as currency_of
from largesse.services import portal as services
from largesse.services.staff import Manager

# The whole group, with the commands that stand here.
__all__ = ["partner"]

_role = click.Choice([one.value for one in PartnerRole])


@partner.group()
def people() -> None:
    """Invite people to act for a partner in the portal, list them, change their roles, let them go."""


async def _both(connection: Connection, merchant: str, name: str) -> tuple[Merchant, Partner]:
    return await find_merchant(connection, merchant), await find(connection, merchant, name)


@people.command("list")
@merchant_argument
@name_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, name: str, *, machine: bool) -> None:
    """List who acts for the partner NAME, and who is invited to."""

    async def work(deps: CommandDependencies) -> list[dict[str, str]]:
        async with deps.database.connection() as connection:
            _, one = await _both(connection, merchant, name)
            known = await services.people_of(connection, one)
            key = one.merchant_id, one.partner_id
            invited = await portal.open_invitations(connection, *key, deps.clock.now())
        return [
            *(
                {"email": person.email, "name": person.name, "role": member.role.value, "state": "live"}
                for member, person in known
            ),
            *({"email": one.email, "name": "", "role": one.role.value, "state": "invited"} for one in invited),
        ]

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo("  ".join(filter(None, [one["email"], one["name"], one["role"], one["state"]])))
    if not found:
        click.echo("Nobody acts for this partner yet. `largesse partner people invite` invites somebody.")


@people.command()
@merchant_argument
@name_argument
@click.argument("address")
@click.option("--role", type=_role, required=True, help="What they will be.")
@click.option("--language", help="The language of the mail; the merchant's unless said otherwise.")
@click.pass_obj
def invite(runtime: Runtime, /, merchant: str, name: str, address: str, *, role: str, language: str | None) -> None:
    """Invite ADDRESS, by mail, to act for the partner NAME."""

    async def work(deps: CommandDependencies) -> str:
        async with deps.database.connection() as connection:
            seller, one = await _both(connection, merchant, name)
        by, now = Manager(actor=actor()), deps.clock.now()
        await services.invite_person(deps, seller, one, address, PartnerRole(role), by=by, language=language, now=now)
        return one.name

    click.echo(f"{address} is invited to act for {runtime.run(work)} as {role}. The link works for three days.")


@people.command()
@merchant_argument
@name_argument
@click.argument("address")
@click.pass_obj
def withdraw(runtime: Runtime, /, merchant: str, name: str, address: str) -> None:
    """Let the open invitation to ADDRESS count no more."""

    async def work(deps: CommandDependencies) -> None:
        async with deps.database.transaction() as connection:
            _, one = await _both(connection, merchant, name)
            by, now = Manager(actor=actor()), deps.clock.now()
            await services.withdraw_person(connection, one, address, by=by, now=now)

    runtime.run(work)
    click.echo(f"The invitation to {address} counts no more.")


@people.command()
@merchant_argument
@name_argument
@click.argument("address")
@click.option("--role", type=_role, required=True, help="What they will be.")
@click.pass_obj
def role(runtime: Runtime, /, merchant: str, name: str, address: str, *, role: str) -> None:
    """Give ADDRESS, who acts for the partner NAME, another role."""

    async def work(deps: CommandDependencies) -> None:
        async with deps.database.transaction() as connection:
            _, one = await _both(connection, merchant, name)
            member, _ = await services.find_person(connection, one, address)
            by, now = Manager(actor=actor()), deps.clock.now()
            await services.change_person(connection, one, member, PartnerRole(role), by=by, now=now)

    runtime.run(work)
    click.echo(f"{address} is {role} now.")


@people.command()
@merchant_argument
@name_argument
@click.argument("address")
@click.pass_obj
def end(runtime: Runtime, /, merchant: str, name: str, address: str) -> None:
    """End that ADDRESS acts for the partner NAME; who then acts nowhere is signed out."""

    async def work(deps: CommandDependencies) -> None:
        async with deps.database.transaction() as connection:
            _, one = await _both(connection, merchant, name)
            member, _ = await services.find_person(connection, one, address)
            await services.end_person(connection, one, member, by=Manager(actor=actor()), now=deps.clock.now())

    runtime.run(work)
    click.echo(f"{address} acts for {name} no more.")


@people.command()
@merchant_argument
@name_argument
@click.argument("currency")
@click.option("--above", help="An amount such as 500.00; without it nothing waits.")
@click.pass_obj
def approval(runtime: Runtime, /, merchant: str, name: str, currency: str, *, above: str | None) -> None:
    """Have what people of NAME order in one act above an amount wait for a second person of theirs."""
    code = currency.upper()

    async def work(deps: CommandDependencies) -> None:
        units = None if above is None else read_plain_amount(above, currency_of(code)).minor
        async with deps.database.transaction() as connection:
            _, one = await _both(connection, merchant, name)
            by, now = Manager(actor=actor()), deps.clock.now()
            await services.set_approval(connection, one, code, units, by=by, now=now)

    runtime.run(work)
    click.echo(f"Above {above} {code} a second person has to agree." if above else "Nothing waits for a second person.")


@people.command()
@merchant_argument
@name_argument
@click.argument("who")
@click.argument("currency")
@click.option("--monthly", help="An amount such as 500.00; without it there is no limit.")
@click.pass_obj
def limit(runtime: Runtime, /, merchant: str, name: str, who: str, currency: str, *, monthly: str | None) -> None:
    """Let WHO, an address or the end of a key, order for NAME at most so much in a month."""
    code = currency.upper()

    async def work(deps: CommandDependencies) -> None:
        units = None if monthly is None else read_plain_amount(monthly, currency_of(code)).minor
        async with deps.database.transaction() as connection:
            seller, one = await _both(connection, merchant, name)
            spender = await services.spender_of(connection, one, who)
            by, now = Manager(actor=actor()), deps.clock.now()
            await services.set_limit(connection, seller, one, spender, code, monthly=units, by=by, now=now)

    runtime.run(work)
    click.echo(f"{who} orders up to {monthly} {code} a month." if monthly else f"{who} has no limit in {code}.")
