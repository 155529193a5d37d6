"""`largesse ledger`: prove the books, and seal them."""

import sys
from collections.abc import Sequence
from functools import partial
from typing import BinaryIO
from uuid import UUID

import click
import msgspec

from largesse.domain.merchants import list_merchants
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import leave_quietly, target_file, write_into
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import REFUSED, Runtime, json_option, listed, merchant_of, printed, said
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.ledger import AccountBalance, Seal, list_seals, proofs
from largesse.services import invoices, seals


def _seal_line(seal: Seal) -> str:
    cut = seal.cut.strftime("%Y-%m-%d %H:%M:%S")
    return f"seal {seal.number}, {cut} UTC, {seal.leaf_count} subjects, {seal.row_count} rows, {seal.hash.hex()}"


def _seal_facts(found: Sequence[Seal]) -> list[dict[str, object]]:
    hashes = ({"root": one.root.hex(), "previous": one.previous.hex(), "hash": one.hash.hex()} for one in found)
    return [msgspec.structs.asdict(one) | texts for one, texts in zip(found, hashes, strict=True)]


@click.group()
def ledger() -> None:
    """Prove that every balance is what the journal says, print the trial balance, and seal the journal."""


@ledger.command()
@click.option("--json", "machine", is_flag=True, help="Print a line of JSON for every difference.")
@click.pass_context
def verify(ctx: click.Context, *, machine: bool) -> None:
    """Recompute balances, chains, seals and invoices from the journal; ends with status 1 when anything differs."""
    runtime: Runtime = ctx.obj

    async def work(deps: CommandDependencies) -> int:
        count = 0
        async with deps.database.dedicated() as connection:
            for prove in (proofs.verify, invoices.verify):
                async for difference in prove(connection):
                    count += 1
                    click.echo(as_json(difference) if machine else f"{difference.subject}: {difference.finding}")
        return count

    count = runtime.run(work)
    if count:
        click.echo(f"{count} differences", err=True)
        ctx.exit(REFUSED)
    if not machine:
        click.echo("The ledger is clean: every balance is what its journal says.")


@ledger.command("seal")
@click.argument("merchant", required=False)
@said("\n".join)
async def seal_now(deps: CommandDependencies, /, *, merchant: str | None) -> list[str]:
    """Seal all that was recorded until now, of MERCHANT (its slug or number) or of everybody."""
    if merchant is not None:
        chosen = [await merchant_of(deps, merchant)]
    else:
        async with deps.database.connection() as connection:
            chosen = list(await list_merchants(connection))
    lines = []
    for one in chosen:
        made = await seals.seal(deps, one.merchant_id, now=deps.clock.now())
        lines.append(f"{one.slug}: {_seal_line(made) if made else 'nothing was recorded since the last seal'}")
    return lines


@ledger.command("seals")
@click.argument("merchant")
@printed(listed(_seal_line, otherwise="Nothing is sealed yet."), _seal_facts)
async def seals_of(deps: CommandDependencies, /, *, merchant: str) -> Sequence[Seal]:
    """Print the seals of MERCHANT, oldest first, to be compared with those that were mailed."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_seals(connection, known.merchant_id)


@ledger.command("export-sealed")
@click.argument("merchant")
@click.option("--seal", "number", type=click.IntRange(min=1), help="The seal's number; the newest without it.")
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def export_sealed(runtime: Runtime, /, *, merchant: str, number: int | None, output: str) -> None:
    """Export a seal of MERCHANT and all rows that it covers, as JSON Lines; docs/check_seal.py checks the file."""

    async def work(deps: CommandDependencies, file: BinaryIO) -> tuple[Seal, int]:
        known = await merchant_of(deps, merchant)
        return await seals.export_sealed(deps, known.merchant_id, number, write=partial(write_into, file))

    try:
        with target_file(output) as file:
            seal, count = runtime.run(lambda deps: work(deps, file))
    except BrokenPipeError:
        leave_quietly()
    click.echo(f"{_seal_line(seal)}\n{count} rows written", err=True)


@ledger.command("trial-balance")
@json_option
@click.pass_obj
def trial_balance(runtime: Runtime, /, *, machine: bool) -> None:
    """Print every account of every merchant and currency; ends with status 1 when a currency does not sum to zero."""

    async def work(deps: CommandDependencies) -> tuple[list[AccountBalance], dict[UUID, str]]:
        async with deps.database.dedicated() as connection:
            slugs = {known.merchant_id: known.slug for known in await list_merchants(connection)}
            return await proofs.trial_balance(connection), slugs

    lines, slugs = runtime.run(work)
    sums: dict[tuple[UUID, str], int] = {}
    for line in lines:
        key = (line.merchant_id, line.currency)
        sums[key] = sums.get(key, 0) + line.balance
    if machine:
        click.echo(as_json(lines))
    else:
        for line in lines:
            click.echo(_line(line, slugs.get(line.merchant_id, str(line.merchant_id))))
    if wrong := [key for key, total in sums.items() if total]:
        for merchant_id, code in wrong:
            click.echo(f"{slugs.get(merchant_id, merchant_id)} {code} does not balance", err=True)
        sys.exit(REFUSED)


def _line(line: AccountBalance, slug: str) -> str:
    money = currency(line.currency)
    debit, credit, balance = (plain(minor, money) for minor in (line.debits, line.credits, line.balance))
    return f"{slug:<24} {line.currency}  {line.account.value:<24} {debit:>16} {credit:>16} {balance:>16}"
