"""`largesse partner batch …`: what is ordered for people of a partner, what became of it, and what is to."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import click

from largesse.db import Connection
from largesse.domain import orders, partners, portal, staff
from largesse.domain.merchants import find_merchant
from largesse.domain.portal import (
    BatchDelivery,
    PartnerAct,
    PortalBatch,
    PortalBatchState,
    PortalBatchUnknown,
    partner_may,
)
from largesse.domain.staff import ActRefused
from largesse.interfaces.cli.arguments import ask_hidden, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file, write_into
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.partner import find, name_argument
from largesse.interfaces.cli.partner_people import partner
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.kernel.currency import currency
from largesse.kernel.formulas import guard
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import plain
from largesse.services import portal as services
from largesse.services.portal import ActsFor, PortalOrderAsked
from largesse.wire.encrypted_tables import encrypted
from largesse.wire.loose_tables import read_loose_table

# The whole group, with the commands that stand here.
__all__ = ["partner"]

_AT_ONCE = 2_000
_HEAD = ("line", "identifier", "order_number", "amount", "currency", "good_through", "email")
_PASSWORD_LEAST = 12
ORDER_BYTES_MAX = 32 * 1024 * 1024
_as_person = click.option(
    "--as",
    "address",
    metavar="ADDRESS",
    required=True,
    help="Who of the partner it is for; their role counts.",
)
_batch_argument = click.argument("batch_id", type=click.UUID)


@partner.group()
def batch() -> None:
    """Order for people of a partner, list what they ordered, write its result or numbers, go on, take it back."""


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


@batch.command("order")
@merchant_argument
@name_argument
@click.argument("file", type=click.File("rb"))
@_as_person
@click.option("--refcode", required=True, help="What it is invoiced with.")
@click.option("--currency", "code", help="Where the agreement names several.")
@click.option("--delivery", type=click.Choice([one.value for one in BatchDelivery]), default=BatchDelivery.EMAIL.value)
@click.option("--amount", default="", help="Of lines that name none.")
@click.option("--good-through", default="", help="Of lines that name no day.")
@click.option("--operation-id", type=click.UUID, help="Repeat under the same one to have it ordered once.")
@json_option
@click.pass_obj
def order_(
    runtime: Runtime,
    /,
    merchant: str,
    name: str,
    *,
    file: BinaryIO,
    address: str,
    code: str | None,
    delivery: str,
    operation_id: UUID | None,
    machine: bool,
    **given: str,
) -> None:
    """Order what stands in FILE (CSV or XLSX; - is stdin) for somebody of the partner NAME; all, or nothing."""
    data = file.read(ORDER_BYTES_MAX + 1)

    async def work(deps: CommandDependencies) -> dict[str, str]:
        table, now = read_loose_table(data, size_max=ORDER_BYTES_MAX), deps.clock.now()
        async with deps.database.connection() as connection:
            acts = await _acts(connection, merchant, name, address, PartnerAct.ORDER)
        known = list(acts.agreement.terms)
        asked = PortalOrderAsked(
            currency=currency((code or (known[0] if len(known) == 1 else acts.merchant.currency)).upper()),
            delivery=BatchDelivery(delivery),
            language=acts.merchant.language,
            **given,
        )
        batch_id = derived_id("portal batch", acts.member.membership_id, operation_id or new_id(now))
        wanted = {"batch_id": batch_id, "file_name": Path(file.name).name, "operator": actor(), "now": now}
        made = await services.order_batch(deps, acts, table, asked, **wanted)  # type: ignore[arg-type]  # as it takes them
        if made.state is PortalBatchState.PLACING and made.lines <= services.AT_ONCE:
            await services.place_all(deps, made.merchant_id, made.batch_id, now=now)
        async with deps.database.connection() as connection:
            return _told(await _found(connection, merchant, name, made.batch_id), address)

    done = runtime.run(work)
    click.echo(as_json(done) if machine else "  ".join(filter(None, done.values())))


@batch.command()
@merchant_argument
@name_argument
@_batch_argument
@_as_person
@click.option("--output", "-o", required=True, help="The ZIP to write, encrypted with AES-256.")
@click.pass_obj
def numbers(runtime: Runtime, /, merchant: str, name: str, batch_id: UUID, *, address: str, output: str) -> None:
    """Write the numbers of a batch that is handed over, once, for somebody of the partner; audited.

    The password of the file is read from a prompt or stdin, and kept nowhere.
    """
    password = ask_hidden("Password of the file", twice=True)
    if len(password) < _PASSWORD_LEAST:
        message = f"Choose a password of at least {_PASSWORD_LEAST} characters."
        raise click.UsageError(message)

    async def work(deps: CommandDependencies) -> int:
        now = deps.clock.now()
        async with deps.database.connection() as connection:
            acts = await _acts(connection, merchant, name, address, PartnerAct.NUMBERS)
            one = await _found(connection, merchant, name, batch_id)
        with target_file(output) as target:  # what cannot be written is said before they are taken
            found = await services.numbers_of(deps, acts, batch_id, operator=actor(), now=now)
            rows = services.number_rows(found, one.currency)
            write_into(target, await encrypted(rows, name="numbers.csv", password=password))
        return len(found)

    click.echo(f"{runtime.run(work)} numbers are in the file. They are not given again.", err=True)


async def _acts(connection: Connection, merchant: str, name: str, address: str, act: PartnerAct) -> ActsFor:
    """Return whom the operator acts for, and under which agreement.

    Raises:
        ActRefused: their role with the partner does not allow it.
        PartnerMemberUnknown: nobody like that acts for the partner.
    """
    one = await find(connection, merchant, name)
    member, _ = await services.find_person(connection, one, address)
    if not partner_may(member.role, act):
        raise ActRefused(act.value)
    return ActsFor(
        member=member,
        partner=one,
        agreement=await partners.agreement_of(connection, one.merchant_id, one.partner_id),
        merchant=await find_merchant(connection, merchant),
    )


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
    return text.getvalue().encode()
