"""`largesse staff`: who works for a merchant. Nobody's password, codes or keys can be seen or set from here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from largesse.db import Connection
from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.staff import (
    AuditReason,
    Invitation,
    Membership,
    Person,
    Role,
    find_member,
    members,
    open_invitations,
)
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.owner_askings import ask_other_owner
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.services import staff as services
from largesse.services.staff import Manager

Command = TypeVar("Command", bound=Callable[..., Any])

_role = click.Choice([one.value for one in Role])
_reason_code = click.Choice([one.value for one in AuditReason])


class Staffed(NamedTuple):
    """Who works for a merchant, and who is invited to."""

    people: Sequence[tuple[Membership, Person]]
    invited: Sequence[Invitation]


def _as_option(command: Command) -> Command:
    about = "The address of whom you act for: bound by their role, and written to the audit log as 'operator for NAME'."
    return click.option("--as", "acting_for", metavar="ADDRESS", help=about)(command)


def _why_options(*, code: str) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        command = click.option("--reason", required=True, help="Why, for the audit log.")(command)
        return click.option("--reason-code", type=_reason_code, default=code, show_default=True)(command)

    return decorate


@click.group()
def staff() -> None:
    """Invite people to work for a merchant, list them, change their roles, let them go.

    MERCHANT is a slug or a number; ADDRESS is the e-mail address of a person.
    """


@staff.command()
@merchant_argument
@click.argument("address")
@click.option("--role", type=_role, help="What they will be.")
@click.option("--owner", is_flag=True, help="The same as --role owner, and prints the link, which is mailed too.")
@click.option("--language", help="The language of the mail; the merchant's unless said otherwise.")
@_as_option
@json_option
@click.pass_obj
def invite(
    runtime: Runtime,
    /,
    merchant: str,
    address: str,
    *,
    role: str | None,
    owner: bool,
    language: str | None,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Invite ADDRESS to work for MERCHANT, by mail; the link counts for three days, once."""
    if (role is None) is not owner:
        raise click.UsageError("Say what they will be: --role, or --owner.")
    if owner and acting_for is not None:
        raise click.UsageError("--owner prints the link, which is the operator's alone: leave --as out.")

    async def work(deps: CommandDependencies) -> tuple[Invitation, str]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            by = await _manager(connection, seller, acting_for)
        now = deps.clock.now()
        wanted = Role(role or Role.OWNER)
        made = await services.invite(deps, seller, address, wanted, by=by, language=language, now=now)
        return made, services.invitation_address(deps, seller.merchant_id, made.invitation_id) if owner else ""

    made, link = runtime.run(work)
    facts = _invitation(made) | ({"link": link} if link else {})
    click.echo(as_json(facts) if machine else fields(facts))


@staff.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List who works for MERCHANT, and who is invited to."""

    async def work(deps: CommandDependencies, connection: Connection) -> Staffed:
        seller = await find_merchant(connection, merchant)
        now = deps.clock.now()
        invited = await open_invitations(connection, seller.merchant_id, now)
        return Staffed(await members(connection, seller.merchant_id), invited)

    found = runtime.run_in_transaction(work)
    rows = [_member(*one) for one in found.people] + [_invitation(one) for one in found.invited]
    if machine:
        click.echo(as_json(rows))
        return
    if not rows:
        click.echo("Nobody works here yet. Invite an owner: `largesse staff invite MERCHANT ADDRESS --role owner`.")
    for row in rows:
        click.echo(f"{row['role']!s:<10}  {row['state']!s:<8}  {row['address']}  {row.get('name', '')}".rstrip())


@staff.command()
@merchant_argument
@click.argument("address")
@_as_option
@json_option
@click.pass_obj
def confirm(runtime: Runtime, /, merchant: str, address: str, acting_for: str | None, *, machine: bool) -> None:
    """Let ADDRESS work for MERCHANT, who accepted as manager or owner: ask them first with which device they did."""

    async def work(deps: CommandDependencies) -> dict[str, object]:
        return await _wished(deps, merchant, address, acting_for, OwnerAct.CONFIRM, reason="")

    facts = runtime.run(work)
    click.echo(as_json(facts) if machine else fields(facts))


@staff.command()
@merchant_argument
@click.argument("address")
@click.argument("role", type=_role)
@_why_options(code=AuditReason.REQUESTED.value)
@_as_option
@json_option
@click.pass_obj
def role(
    runtime: Runtime,
    /,
    merchant: str,
    address: str,
    role: str,
    *,
    reason: str,
    reason_code: str,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Give ADDRESS another ROLE at MERCHANT."""
    to = {"role": role, "code": reason_code}

    async def work(deps: CommandDependencies) -> dict[str, object]:
        return await _wished(deps, merchant, address, acting_for, OwnerAct.ROLE, to=to, reason=reason)

    facts = runtime.run(work)
    click.echo(as_json(facts) if machine else fields(facts))


@staff.command()
@merchant_argument
@click.argument("address")
@_why_options(code=AuditReason.LEFT.value)
@_as_option
@click.pass_obj
def end(
    runtime: Runtime, /, merchant: str, address: str, *, reason: str, reason_code: str, acting_for: str | None
) -> None:
    """End that ADDRESS works for MERCHANT, with all that they have open there."""

    async def work(deps: CommandDependencies) -> dict[str, object] | None:
        async with deps.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            membership, _ = await find_member(connection, seller.merchant_id, address)
            by = await _manager(connection, seller, acting_for)
            if membership.role is not Role.OWNER or by.person_id in {None, membership.person_id}:
                code, now = AuditReason(reason_code), deps.clock.now()
                await services.end_membership(connection, seller, membership, by=by, reason=reason, code=code, now=now)
                return None
        to = {"code": reason_code}
        facts = await _wished(deps, merchant, address, acting_for, OwnerAct.END, to=to, reason=reason)
        return facts if "request" in facts else None

    waits = runtime.run(work)
    click.echo(fields(waits) if waits else f"{address} does not work there any more.")


@staff.command()
@merchant_argument
@click.argument("address")
@_as_option
@click.pass_obj
def withdraw(runtime: Runtime, /, merchant: str, address: str, acting_for: str | None) -> None:
    """Withdraw the open invitation of ADDRESS to MERCHANT."""

    async def work(deps: CommandDependencies) -> None:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            by = await _manager(connection, seller, acting_for)
        await services.withdraw(deps, seller, address, by=by, now=deps.clock.now())

    runtime.run(work)
    click.echo(f"The invitation of {address} counts no more.")


@staff.command()
@click.argument("address")
@_why_options(code=AuditReason.LOST.value)
@click.pass_obj
def recover(runtime: Runtime, /, address: str, reason: str, reason_code: str) -> None:
    """Show a link with which ADDRESS sets up anew what they sign in with: the last resort.

    It counts for 15 minutes, once. Make sure whom you give it to. The owners of every merchant that they work for are
    mailed, and for 24 hours payment accounts, keys, roles, limits and exports of numbers are closed to them.
    """

    async def work(deps: CommandDependencies) -> str:
        code, now = AuditReason(reason_code), deps.clock.now()
        return await services.recover(deps, address, actor=actor(), reason=reason, code=code, now=now)

    click.echo(runtime.run(work))
    click.echo("It counts for 15 minutes, once, and is stored nowhere.", err=True)


async def _wished(
    deps: CommandDependencies,
    merchant: str,
    address: str,
    acting_for: str | None,
    act: OwnerAct,
    *,
    to: Mapping[str, str] | None = None,
    reason: str,
) -> dict[str, object]:
    """Do what is both owners', and return who it is about; or what waits for another owner."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        membership, person = await find_member(connection, seller.merchant_id, address)
        by = await _manager(connection, seller, acting_for)
    said = {"role": membership.role.value, **(to or {})}
    change = OwnerChange(act=act, subject=str(membership.membership_id), name=person.name, to=said)
    waits = await ask_other_owner(deps, seller, change, by=by, reason=reason or act.value)
    if waits is not None:
        return waits
    async with deps.database.connection() as connection:
        return _member(*await find_member(connection, seller.merchant_id, address, ended_too=True))


async def _manager(connection: Connection, merchant: Merchant, acting_for: str | None) -> Manager:
    if acting_for is None:
        return Manager(actor=actor())
    return await services.as_member(connection, merchant, acting_for)


def _member(membership: Membership, person: Person) -> dict[str, object]:
    return {
        "address": person.email,
        "name": person.name,
        "role": membership.role.value,
        "state": membership.state.value,
        "accepted_with": membership.agent or None,
        "accepted_from": membership.address or None,
        "since": membership.made_at,
    }


def _invitation(one: Invitation) -> dict[str, object]:
    return {"address": one.email, "role": one.role.value, "state": "invited", "until": one.expires_at}
