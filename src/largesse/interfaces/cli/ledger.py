"""`largesse ledger`: prove the books."""

import sys
from uuid import UUID

import click

from largesse.domain.merchants import list_merchants
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import REFUSED, Runtime, json_option
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.ledger import AccountBalance, proofs


@click.group()
def ledger() -> None:
    """Prove that every balance is what the journal says, and print the trial balance."""


@ledger.command()
@click.option("--json", "machine", is_flag=True, help="Print a line of JSON for every difference.")
@click.pass_context
def verify(ctx: click.Context, *, machine: bool) -> None:
    """Recompute every balance from the journal; ends with status 1 when anything differs."""
    runtime: Runtime = ctx.obj

    async def work(deps: CommandDependencies) -> int:
        count = 0
        async with deps.database.dedicated() as connection:
            async for difference in proofs.verify(connection):
                count += 1
                click.echo(as_json(difference) if machine else f"{difference.subject}: {difference.finding}")
        return count

    count = runtime.run(work)
    if count:
        click.echo(f"{count} differences", err=True)
        ctx.exit(REFUSED)
    if not machine:
        click.echo("The ledger is clean: every balance is what its journal says.")


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
