"""`largesse api-key`: keys that a merchant's own programs sign in to the REST API with."""

from datetime import datetime, timedelta

import click

from largesse.db import Connection
from largesse.domain import programs
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.programs import KeyScope, KeyWanted, ProgramCall, ProgramKey
from largesse.domain.staff import AuditReason
from largesse.interfaces.cli.arguments import duration, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.services import programs as services
from largesse.services.programs import MadeKey
from largesse.services.staff import Manager, as_member

_SCOPES = ", ".join(one.value for one in KeyScope)
_as_option = click.option(
    "--as", "acting_for", metavar="ADDRESS", help="The address of whom you act for: bound by their role."
)


@click.group("api-key")
def api_key() -> None:
    """Make, list, rotate and revoke keys of MERCHANT's own programs.

    A live key sees what is real; a test key sees the merchant's sandbox, which is opened with the first. KEY is the id
    of a key, or its last four characters.
    """


@api_key.command()
@merchant_argument
@click.option("--name", required=True, help="Which program it is for, such as Till or Web shop.")
@click.option("--scope", "scopes", multiple=True, required=True, help=f"What it may do; several times: {_SCOPES}.")
@click.option("--test", is_flag=True, help="For the sandbox.")
@click.option("--expires-in", help="How long it works, such as 90d; without it, until it is revoked.")
@_as_option
@json_option
@click.pass_obj
def make(
    runtime: Runtime,
    /,
    merchant: str,
    *,
    name: str,
    scopes: tuple[str, ...],
    test: bool,
    expires_in: str | None,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Make a key, and show it once."""

    async def work(deps: CommandDependencies) -> MadeKey:
        seller, by = await _who(deps, merchant, acting_for)
        now = deps.clock.now()
        ends = now + duration(expires_in) if expires_in else None
        wanted = KeyWanted(name=name, scopes=scopes, expires_at=ends)
        return await services.make_key(deps, seller, wanted, live=not test, by=by, now=now)

    _show_once(runtime.run(work), machine=machine)


@api_key.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the keys of MERCHANT, with when they were used last."""

    async def work(deps: CommandDependencies, connection: Connection) -> tuple[list[ProgramKey], datetime]:
        seller = await find_merchant(connection, merchant)
        return await services.list_keys(connection, seller), deps.clock.now()

    found, now = runtime.run_in_transaction(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        used = f"used {one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never used"
        state = "works" if one.works(now) else "ended"
        kind = "live" if one.live else "test"
        click.echo(f"…{one.hint}  {kind}  {state}  {one.name}  {used}  {', '.join(one.scopes)}")
    if not found:
        click.echo("No key yet. Make one: `largesse api-key make MERCHANT --name … --scope … --test`.")


@api_key.command()
@merchant_argument
@click.argument("key")
@click.option("--overlap", default="24h", show_default=True, help="How long the one before goes on working, up to 7d.")
@_as_option
@json_option
@click.pass_obj
def rotate(
    runtime: Runtime, /, merchant: str, key: str, *, overlap: str, acting_for: str | None, machine: bool
) -> None:
    """Make a key that stands in for KEY, and show it once."""

    async def work(deps: CommandDependencies) -> MadeKey:
        seller, by = await _who(deps, merchant, acting_for)
        lasting = duration(overlap) if overlap != "0" else timedelta()
        return await services.rotate_key(deps, seller, key, overlap=lasting, by=by, now=deps.clock.now())

    _show_once(runtime.run(work), machine=machine)


@api_key.command()
@merchant_argument
@click.argument("key")
@click.option("--reason", required=True, help="Why, for the audit log.")
@_as_option
@click.pass_obj
def revoke(runtime: Runtime, /, merchant: str, key: str, *, reason: str, acting_for: str | None) -> None:
    """End KEY at once."""

    async def work(deps: CommandDependencies) -> ProgramKey:
        seller, by = await _who(deps, merchant, acting_for)
        return await services.revoke_key(
            deps, seller, key, by=by, reason=reason, code=AuditReason.OTHER, now=deps.clock.now()
        )

    click.echo(f"The key that ends with {runtime.run(work).hint} is revoked.")


@api_key.command()
@merchant_argument
@click.option("--request-id", help="The Request-Id that the program was answered with.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many at most.")
@json_option
@click.pass_obj
def requests(runtime: Runtime, /, merchant: str, *, request_id: str | None, limit: int, machine: bool) -> None:
    """List what programs of MERCHANT and its sandbox asked for within 30 days, the newest first, masked."""

    async def work(_deps: CommandDependencies, connection: Connection) -> list[ProgramCall]:
        seller = await find_merchant(connection, merchant)
        return await programs.calls_of(connection, seller.merchant_id, request_id=request_id, limit=limit)

    found = runtime.run_in_transaction(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        code = f" {one.code}" if one.code else ""
        click.echo(f"{one.called_at:%Y-%m-%d %H:%M:%S}  {one.status}{code}  {one.method} {one.path}  {one.request_id}")
        if request_id is not None:
            for line in (*one.faults, one.body):
                click.echo(f"    {line}" if line else "    (no body)")
    if not found:
        click.echo("No request is kept that is like that. Requests are kept for 30 days; some are left out under load.")


async def _who(deps: CommandDependencies, merchant: str, acting_for: str | None) -> tuple[Merchant, Manager]:
    """Return the merchant, and who acts: the operator, or with --as for somebody."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        by = Manager(actor=actor()) if acting_for is None else await as_member(connection, seller, acting_for)
    return seller, by


def _show_once(made: MadeKey, *, machine: bool) -> None:
    click.echo(as_json({"key": made.text, "key_id": str(made.key.key_id)}) if machine else made.text)
    if not machine:
        click.echo("Keep it now: it is shown this once and stored nowhere.", err=True)
