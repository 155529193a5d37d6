"""`largesse partner batch …`: what people of a partner ordered in the portal, what became of it, and what is to."""

import csv
import io
from collections.abc import Sequence
from uuid import UUID

import click

from largesse.db import Connection
from largesse.domain import orders, portal, staff
from largesse.domain.portal import PortalBatch, PortalBatchState, PortalBatchUnknown
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file, write_into
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.partner import find, name_argument
from largesse.interfaces.cli.partner_people import partner
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.kernel.currency import currency
from largesse.kernel.formulas import guard
from largesse.kernel.money import plain
from largesse.services import portal as services

# The whole group, with the commands that stand here.
__all__ = ["partner"]

_AT_ONCE = 2_000
_HEAD = ("line", "identifier", "order_number", "amount", "currency", "good_through", "email")
_batch_argument = click.argument("batch_id", type=click.UUID)


@partner.group()
def batch() -> None:
    """List what people of a partner ordered in the portal, write its result, let it go on or take it back."""


async def _found(connection: Connection, merchant: str, name: str, batch_id: UUID) -> PortalBatch:
    one = await find(connection, merchant, name)
    found = await portal.find_batch(connection, one.merchant_id, batch_id)
    if found is None or found.partner_id != one.partner_id:
        raise PortalBatchUnknown
    return found


def _told(one: PortalBatch, who: str) -> dict[str, str]:
    return {
        "id": str(one.batch_id),
        "made": one.made_at.isoformat(),
        "by": who,
        "state": one.state.value,
        "refcode": one.refcode,
        "lines": str(one.lines),
        "done": str(one.done),
        "total": plain(one.total, currency(one.currency)),
        "currency": one.currency,
        "trouble": one.trouble,
    }


@batch.command("list")
@merchant_argument
@name_argument
@click.option("--state", type=click.Choice([one.value for one in PortalBatchState]), help="Only those.")
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, name: str, *, state: str | None, machine: bool) -> None:
    """List what was ordered for the partner NAME lately, the newest first."""

    async def work(deps: CommandDependencies) -> list[dict[str, str]]:
        async with deps.database.connection() as connection:
            one = await find(connection, merchant, name)
            wanted = PortalBatchState(state) if state else None
            found = await portal.latest_batches(connection, one.merchant_id, one.partner_id, state=wanted, limit=200)
            people = await staff.persons_of_ids(connection, [each.person_id for each in found])
        return [_told(each, people[each.person_id].email) for each in found]

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo("  ".join(filter(None, one.values())))
    if not found:
        click.echo("Nothing like that was ordered in the portal.")


@batch.command()
@merchant_argument
@name_argument
@_batch_argument
@click.option("--output", "-o", default="-", help="A file; without it the result is written to standard output.")
@click.pass_obj
def result(runtime: Runtime, /, merchant: str, name: str, batch_id: UUID, *, output: str) -> None:
    """Write what became of each line of a batch, as CSV. Numbers are not in it."""

    async def work(deps: CommandDependencies) -> None:
        async with deps.database.connection() as connection:
            one = await _found(connection, merchant, name, batch_id)
            with target_file(output) as file:
                write_into(file, _csv([_HEAD]))
                after = 0
                while lines := await portal.batch_lines(connection, one, after=after, limit=_AT_ONCE):
                    after = lines[-1].place
                    ids = [line.order_id for line in lines if line.order_id is not None]
                    placed = await orders.find_by_ids(connection, one.merchant_id, ids)
                    rows = [
                        (
                            str(line.line),
                            line.identifier or "",
                            placed[line.order_id].order_number if line.order_id in placed else "",
                            plain(line.amount, currency(one.currency)),
                            one.currency,
                            line.good_through.isoformat(),
                            line.recipient_email,
                        )
                        for line in lines
                    ]
                    write_into(file, _csv(rows))

    runtime.run(work)


@batch.command("go-on")
@merchant_argument
@name_argument
@_batch_argument
@click.pass_obj
def go_on(runtime: Runtime, /, merchant: str, name: str, batch_id: UUID) -> None:
    """Let a batch that has stopped go on where it stopped."""

    async def work(deps: CommandDependencies) -> PortalBatch:
        async with deps.database.connection() as connection:
            one = await find(connection, merchant, name)
        return await services.go_on_with_batch(deps, one, batch_id, actor=actor(), now=deps.clock.now())

    done = runtime.run(work)
    click.echo(f"It goes on: {done.done} of {done.lines} certificates are issued.")


@batch.command()
@merchant_argument
@name_argument
@_batch_argument
@click.option("--reason", required=True, help="Who asks for it, and why.")
@click.pass_obj
def withdraw(runtime: Runtime, /, merchant: str, name: str, batch_id: UUID, *, reason: str) -> None:
    """Take back a batch that waits, or the rest of one that has stopped; what is issued stays."""

    async def work(deps: CommandDependencies) -> PortalBatch:
        async with deps.database.connection() as connection:
            one = await find(connection, merchant, name)
        now = deps.clock.now()
        return await services.take_back_batch(deps, one, batch_id, reason=reason, actor=actor(), now=now)

    done = runtime.run(work)
    click.echo(f"It is taken back: {done.done} of {done.lines} certificates were issued, and stay.")


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
    return text.getvalue().encode()
