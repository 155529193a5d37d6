"""`largesse request`, continued: what somebody at a till waits for, and the word that lets the till go on."""

from datetime import timedelta
from uuid import UUID

import click

from largesse.domain import approvals
from largesse.domain.approvals import TillRequest
from largesse.domain.merchants import find_merchant
from largesse.domain.tills import TillAct
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.request import acting, as_option
from largesse.interfaces.cli.request_acts import request
from largesse.interfaces.cli.runtime import Runtime, json_option
from largesse.services.approvals import FOLDER, decide_from_afar, till_sentence
from largesse.ui import speak

__all__ = ["request"]

_SHOWN_FOR = timedelta(hours=24)


@request.command("at-tills")
@merchant_argument
@json_option
@click.pass_obj
def at_tills(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List what people at the tills of MERCHANT asked for in the last 24 hours, the newest first."""

    async def work(deps: CommandDependencies) -> list[dict[str, object]]:
        now = deps.clock.now()
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            found = await approvals.till_requests(connection, seller.merchant_id, since=now - _SHOWN_FOR)
        return [_facts(one, deps) for one in found]

    rows = runtime.run(work)
    if machine:
        click.echo(as_json(rows))
        return
    if not rows:
        click.echo("Nobody asked for anything at a till.")
    for row in rows:
        click.echo(f"{row['request']}  {row['state']!s:<9}  {row['code']}  {row['says']}")


@request.command("approve-at-till")
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@as_option
@json_option
@click.pass_obj
def approve_at_till(runtime: Runtime, /, merchant: str, request_id: UUID, *, acting_for: str, machine: bool) -> None:
    """Let somebody at a till do REQUEST: the till goes on by itself."""
    _decide(runtime, merchant, request_id, approves=True, acting_for=acting_for, machine=machine)


@request.command("refuse-at-till")
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@as_option
@json_option
@click.pass_obj
def refuse_at_till(runtime: Runtime, /, merchant: str, request_id: UUID, *, acting_for: str, machine: bool) -> None:
    """Refuse REQUEST of somebody at a till."""
    _decide(runtime, merchant, request_id, approves=False, acting_for=acting_for, machine=machine)


def _decide(
    runtime: Runtime, merchant: str, request_id: UUID, *, approves: bool, acting_for: str, machine: bool
) -> None:
    async def work(deps: CommandDependencies) -> dict[str, object]:
        seller, by = await acting(deps, merchant, acting_for)
        now = deps.clock.now()
        return _facts(await decide_from_afar(deps, seller, request_id, approves=approves, by=by, now=now), deps)

    found = runtime.run(work)
    click.echo(as_json(found) if machine else fields(found))


def _facts(one: TillRequest, deps: CommandDependencies) -> dict[str, object]:
    voice = speak("en", folders=(FOLDER / "locale",))
    return {
        "request": str(one.request_id),
        "state": one.decision.value if one.decision else one.state(deps.clock.now()).value,
        "code": one.code,
        "act": one.act,
        "says": till_sentence(TillAct(one.act), one.shown, voice),
        "location": str(one.location_id),
        "device": str(one.device_id) if one.device_id else None,
        "requested_by": str(one.requested_by),
        "made_at": one.made_at,
        "expires_at": one.expires_at,
        "decided_by": str(one.decided_by) if one.decided_by else None,
    }
