"""`largesse endpoint`: who is told of orders and events, and what became of every telling."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import click

from largesse import outbox
from largesse.domain.merchants import find_merchant, merchant_of_id
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.arguments import duration
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.endpoint_facts import (
    attempt_lines,
    delivery_facts,
    delivery_line,
    endpoint_facts,
    endpoint_line,
    trial_lines,
)
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, listed, printed, said
from largesse.services.endpoints import (
    AddEndpoint,
    Format,
    PhoneForm,
    Trial,
    add_endpoint,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
    send_again,
    send_failed_again,
    try_out,
)

_KEEP = "Keep this secret now: it is not shown again. The receiver checks webhook-signature with it."
phone_option = click.option(
    "--phone",
    type=click.Choice([form.value for form in PhoneForm]),
    help="How an order form tells telephones: +12125550123, or 212-555-0123 as dialled in the merchant's country.",
)


def all_facts(endpoints: Sequence[outbox.Endpoint]) -> list[dict[str, object]]:
    """Return what may be shown of endpoints."""
    return [endpoint_facts(one) for one in endpoints]


@click.group()
def endpoint() -> None:
    """Push orders and events into other systems, and see what became of each."""


@endpoint.command()
@click.argument("merchant")
@click.argument("url")
@click.option("--format", "written", type=click.Choice(["order-form", "json"]), default="order-form", show_default=True)
@click.option("--event", "events", multiple=True, help="For json: a kind to be told of, may be repeated; default all.")
@click.option("--custom1", default="", help="Posted with every order, as a key phrase; at most 55 characters.")
@click.option("--custom2", default="", help="The same.")
@phone_option
@click.option("--ordered", is_flag=True, help="One at a time, oldest first; a failing one holds up the rest.")
@json_option
@click.pass_obj
def add(
    runtime: Runtime,
    /,
    merchant: str,
    url: str,
    *,
    written: str,
    events: Sequence[str],
    custom1: str,
    custom2: str,
    phone: str | None,
    ordered: bool,
    machine: bool,
) -> None:
    """Post MERCHANT's orders to URL from now on, and print the secret that signs them."""

    async def work(deps: CommandDependencies) -> tuple[outbox.Endpoint, str]:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            wanted = AddEndpoint(
                merchant_id=seller.merchant_id,
                format=Format(written),
                url=url,
                events=events,
                custom1=custom1,
                custom2=custom2,
                phone=PhoneForm(phone or PhoneForm.INTERNATIONAL),
                ordered=ordered,
                notify=seller.contact_email,
            )
            by, now = ByWhom(actor=actor()), deps.clock.now()
            return await add_endpoint(connection, deps.keyring, wanted, reach=deps.reach, by=by, now=now)

    added, secret = runtime.run(work)
    if machine:
        click.echo(as_json({**endpoint_facts(added), "secret": secret}))
        return
    click.echo(fields({**endpoint_facts(added), "secret": secret}))
    click.echo(_KEEP, err=True)


@endpoint.command("list")
@click.argument("merchant", required=False)
@printed(
    listed(
        endpoint_line, otherwise="There is no endpoint yet. Add the first with `largesse endpoint add MERCHANT URL`."
    ),
    all_facts,
)
async def list_(deps: CommandDependencies, /, merchant: str | None) -> list[outbox.Endpoint]:
    """List the endpoints of MERCHANT, or of everyone."""
    async with deps.database.connection() as connection:
        merchant_id = (await find_merchant(connection, merchant)).merchant_id if merchant else None
        return await outbox.list_endpoints(connection, merchant_id)


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@json_option
@click.pass_obj
def test(runtime: Runtime, /, endpoint_id: UUID, *, machine: bool) -> None:
    """Send a sample order, plainly marked, and print what came back. Nothing is registered; mail cannot be tried so."""

    async def work(deps: CommandDependencies) -> Trial:
        async with deps.database.connection() as connection:
            one = await outbox.find_endpoint(connection, endpoint_id)
            owner = await merchant_of_id(connection, one.merchant_id)
        return await try_out(deps, deps.sender, owner, one, by=ByWhom(actor=actor()), now=deps.clock.now())

    trial = runtime.run(work)
    click.echo(trial_lines(trial, machine=machine))
    if not trial.answer.received:
        raise click.exceptions.Exit(1)


@endpoint.command("pause")
@click.argument("endpoint_id", type=click.UUID)
@said(endpoint_line)
async def pause(deps: CommandDependencies, /, endpoint_id: UUID) -> outbox.Endpoint:
    """Stop sending for now; what happens meanwhile is kept."""
    async with deps.database.transaction() as connection:
        return await pause_endpoint(connection, endpoint_id, by=ByWhom(actor=actor()), now=deps.clock.now())


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@said(endpoint_line)
async def resume(deps: CommandDependencies, /, endpoint_id: UUID) -> outbox.Endpoint:
    """Send again; all that waited is due at once."""
    async with deps.transaction(long=True) as connection:
        return await resume_endpoint(connection, endpoint_id, by=ByWhom(actor=actor()), now=deps.clock.now())


@endpoint.command("rotate-secret")
@click.argument("endpoint_id", type=click.UUID)
@click.option("--overlap", default="24h", show_default=True, help="How long the old secret signs too: 90m, 24h, 2d.")
@click.pass_obj
def rotate_secret_(runtime: Runtime, /, endpoint_id: UUID, *, overlap: str) -> None:
    """Make a new secret and print it; for a while both sign."""
    length = duration(overlap)

    async def work(deps: CommandDependencies) -> str:
        async with deps.database.transaction() as connection:
            by, now = ByWhom(actor=actor()), deps.clock.now()
            return await rotate_secret(connection, deps.keyring, endpoint_id, overlap=length, by=by, now=now)

    click.echo(runtime.run(work))
    click.echo(_KEEP, err=True)


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@click.option("--status", type=click.Choice([status.value for status in outbox.DeliveryStatus]))
@click.option("--before", type=click.UUID, help="Go on behind this event id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@click.pass_obj
def deliveries(
    runtime: Runtime, /, endpoint_id: UUID, *, status: str | None, before: UUID | None, limit: int, machine: bool
) -> None:
    """List what an endpoint was to be told, newest first."""
    wanted = outbox.DeliveryStatus(status) if status else None

    async def work(deps: CommandDependencies) -> tuple[outbox.Endpoint, list[outbox.Delivery]]:
        async with deps.database.connection() as connection:
            one = await outbox.find_endpoint(connection, endpoint_id)
            return one, await outbox.list_deliveries(connection, one, status=wanted, before=before, limit=limit)

    of, found = runtime.run(work)
    if machine:
        click.echo(as_json([delivery_facts(one) for one in found]))
        return
    if not found and (wanted or before):
        click.echo("Nothing more, or nothing that stands so.")
    elif not found:
        hint = "" if of.format == outbox.EMAIL else " `largesse endpoint test` sends a sample."
        click.echo(f"Nothing yet.{hint}")
    for one in found:
        click.echo(delivery_line(one))


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@click.argument("event_id", type=click.UUID)
@json_option
@click.pass_obj
def show(runtime: Runtime, /, endpoint_id: UUID, event_id: UUID, *, machine: bool) -> None:
    """Show one delivery with every attempt and the body that was sent, its key phrases masked."""

    async def work(deps: CommandDependencies) -> tuple[outbox.Delivery, list[outbox.Attempt]]:
        async with deps.database.connection() as connection:
            one = await outbox.find_endpoint(connection, endpoint_id)
            found = await outbox.find_delivery(connection, one.merchant_id, endpoint_id, event_id)
            if found is None:
                raise outbox.DeliveryNotFound
            return found, await outbox.attempts_of(connection, found)

    delivery, attempts = runtime.run(work)
    click.echo(attempt_lines(delivery, attempts, machine=machine))


_REASON = click.option("--reason", required=True, help="Why, for the audit log.")
_OPERATION = click.option("--operation-id", type=click.UUID, help="Repeat under the same one to send once.")


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@click.argument("event_id", type=click.UUID)
@_REASON
@_OPERATION
@said(lambda _: "Queued. `largesse endpoint show` tells what becomes of it.")
async def resend(
    deps: CommandDependencies, /, endpoint_id: UUID, event_id: UUID, *, reason: str, operation_id: UUID | None
) -> None:
    """Send one delivery again, whatever became of it."""
    by = ByWhom(actor=actor(), why=reason, operation_id=operation_id)
    async with deps.transaction() as connection:
        await send_again(connection, endpoint_id, event_id, by=by, now=deps.clock.now())


@endpoint.command("resend-failed")
@click.argument("endpoint_id", type=click.UUID)
@click.option("--since", required=True, help="A moment in UTC: 2026-11-22 or 2026-11-22T09:30:00Z.")
@_REASON
@_OPERATION
@click.pass_obj
def resend_failed(
    runtime: Runtime, /, endpoint_id: UUID, *, since: str, reason: str, operation_id: UUID | None
) -> None:
    """Send again everything that was given up since a moment."""
    moment, by = _moment(since), ByWhom(actor=actor(), why=reason, operation_id=operation_id)

    async def work(deps: CommandDependencies) -> int | None:
        count = await send_failed_again(deps, endpoint_id, since=moment, by=by, now=deps.clock.now())
        deps.notifier.hint()
        return count

    count = runtime.run(work)
    click.echo("Done before, under this operation id." if count is None else f"{count} queued.")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter("write a day or a moment: 2026-11-22 or 2026-11-22T09:30:00Z") from None
