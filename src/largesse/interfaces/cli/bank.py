"""`largesse bank`: accounts at banks, and statements of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import click

from largesse.domain.banking import (
    DAY_ORDERS,
    FIELDS,
    BankAccount,
    ColumnMap,
    KeptLine,
    LineState,
    StatementTaken,
    find_account,
    guess,
    lines_of,
    list_accounts,
    list_statements,
)
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import actor, listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.iban import is_iban, written_iban
from largesse.kernel.money import plain
from largesse.services import banking, staff
from largesse.services.staff import Manager
from largesse.web.bank_files import read_bank_file, read_table_of
from largesse.wire.loose_tables import ENCODINGS

as_option = click.option("--as", "acting_for", metavar="ADDRESS", help="The address of whom you act for.")
account_argument = click.argument("account")


class GivenFile(NamedTuple):
    """A file that a command was given: its name, and what is in it."""

    name: str
    content: bytes


def read_given(_ctx: click.Context, _option: click.Parameter, path: Path | None) -> GivenFile | None:
    """Read the file that a command is given before its work begins."""
    return None if path is None else GivenFile(path.name, path.read_bytes())


_PATH: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
file_argument = click.argument("file", type=_PATH, callback=read_given)
_encoding_option = click.option("--encoding", type=click.Choice(ENCODINGS), default=None, help="Of a CSV that is old.")
_LINES_MAX: Final = 1_000


@click.group()
def bank() -> None:
    """Keep accounts at banks, and take their statements."""


async def manager_of(deps: CommandDependencies, merchant: str, acting_for: str | None) -> Manager:
    """Return who acts: the operator, or somebody who works there."""
    if acting_for is None:
        return Manager(actor=actor())
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await staff.as_member(connection, known, acting_for)


async def account_of(deps: CommandDependencies, merchant: str, named: str) -> BankAccount:
    """Return the account that a command names: by name, number or id."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await find_account(connection, known.merchant_id, named)


def _line(account: BankAccount) -> str:
    number = written_iban(account.number) if is_iban(account.number) else account.number
    state = "" if account.in_use else "  retired"
    csv = "" if account.columns is None else "  CSV known"
    return f"{account.account_id}  {account.name}: {number} {account.currency}{csv}{state}"


def _facts(account: BankAccount) -> dict[str, object]:
    return {
        "account_id": str(account.account_id),
        "name": account.name,
        "number": account.number,
        "currency": account.currency,
        "in_use": account.in_use,
        "columns": None if account.columns is None else {name: getattr(account.columns, name) for name in FIELDS},
    }


@bank.command("add")
@merchant_argument
@click.argument("name")
@click.option("--number", required=True, help="The IBAN, or what the bank calls the account.")
@click.option("--currency", "code", help="ISO 4217 code; the merchant's own without it.")
@click.option("--entity", type=click.UUID, help="The legal entity whose it is; the first without it.")
@as_option
@printed(_line, _facts)
async def add(
    deps: CommandDependencies, /, merchant: str, name: str, *, number: str, code: str | None, entity: UUID | None,
    acting_for: str | None,
) -> BankAccount:  # fmt: skip
    """Keep an account of MERCHANT at a bank under NAME."""
    known = await merchant_of(deps, merchant)
    return await banking.add_account(
        deps, known, name=name, number=number, currency=code or known.currency,
        entity=entity, by=await manager_of(deps, merchant, acting_for), now=deps.clock.now(),
    )  # fmt: skip


@bank.command("list")
@merchant_argument
@printed(listed(_line, otherwise="No account yet: `largesse bank add`."), lambda found: [_facts(one) for one in found])
async def list_(deps: CommandDependencies, /, merchant: str) -> Sequence[BankAccount]:
    """Print the accounts of MERCHANT at banks."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_accounts(connection, known.merchant_id)


@bank.command("retire")
@merchant_argument
@account_argument
@click.option("--again", is_flag=True, help="Take it into use once more.")
@as_option
@printed(_line, _facts)
async def retire(
    deps: CommandDependencies, /, merchant: str, account: str, *, again: bool, acting_for: str | None
) -> BankAccount:
    """Take no more statements of ACCOUNT; what was booked of it stays."""
    one = await account_of(deps, merchant, account)
    by = await manager_of(deps, merchant, acting_for)
    return await banking.retire(deps, one, by=by, again=again, now=deps.clock.now())


def _columns_line(account: BankAccount) -> str:
    assert account.columns is not None
    named = [f"{name}: {getattr(account.columns, name)}" for name in FIELDS if getattr(account.columns, name)]
    return "\n".join([*named, f"decimals behind “{account.columns.decimal}”, days as {account.columns.days}"])


@bank.command("columns")
@merchant_argument
@account_argument
@click.option("--from", "file", type=_PATH, callback=read_given, help="Guess by a file.")
@click.option("--column", "given", multiple=True, metavar="MEANING=NAME", help=f"One of: {', '.join(FIELDS)}.")
@click.option("--decimal", type=click.Choice([".", ","]), help="What parts decimals.")
@click.option("--days", type=click.Choice(DAY_ORDERS), help="How days are written.")
@_encoding_option
@as_option
@printed(_columns_line, _facts)
async def columns(
    deps: CommandDependencies, /, merchant: str, account: str, *, file: GivenFile | None, given: tuple[str, ...],
    decimal: str | None, days: str | None, encoding: str | None, acting_for: str | None,
) -> BankAccount:  # fmt: skip
    """Keep what the columns of the CSV of ACCOUNT's bank mean."""
    one = await account_of(deps, merchant, account)
    known = one.columns
    if file is not None:
        known, names = guess(read_table_of(file.content, encoding=encoding or ""))
        if known is None and not given:
            told = ", ".join(name for name in names if name)
            raise click.UsageError(f"What its columns mean is not clear; name them by --column. They are: {told}")
    said = dict(_named(text) for text in given)
    values = {name: getattr(known, name) if known else "" for name in FIELDS} | said
    settled = ColumnMap(
        **values,
        decimal=decimal or (known.decimal if known else "."),
        days=days or (known.days if known else "ymd"),
    )
    by = await manager_of(deps, merchant, acting_for)
    return await banking.remember_columns(deps, one, settled, by=by, now=deps.clock.now())


def _named(text: str) -> tuple[str, str]:
    meaning, sign, name = text.partition("=")
    if not sign or meaning not in FIELDS:
        raise click.BadParameter(f"write MEANING=NAME, with one of: {', '.join(FIELDS)}")
    return meaning, name


def _taken_line(taken: StatementTaken) -> str:
    if taken.again:
        return f"taken before, on {taken.taken_at:%Y-%m-%d}: nothing new"
    gap = "; a statement before it seems to be missing" if taken.gap else ""
    return f"{taken.added} new of {taken.lines} lines, {taken.file_name} ({taken.format}){gap}"


def _taken_facts(taken: StatementTaken) -> dict[str, object]:
    return {
        "statement_id": str(taken.statement_id),
        "file": taken.file_name,
        "format": taken.format,
        "lines": taken.lines,
        "added": taken.added,
        "again": taken.again,
        "gap": taken.gap,
        "taken_at": taken.taken_at.isoformat(),
    }


@bank.command("import")
@merchant_argument
@account_argument
@file_argument
@click.option("--repeated", is_flag=True, help="Lines that say the same are several payments.")
@_encoding_option
@as_option
@printed(_taken_line, _taken_facts)
async def import_(
    deps: CommandDependencies, /, merchant: str, account: str, file: GivenFile, *, repeated: bool, encoding: str | None,
    acting_for: str | None,
) -> StatementTaken:  # fmt: skip
    """Take the statement of ACCOUNT in FILE: CAMT.053, MT940 or CSV. The same again adds nothing."""
    one = await account_of(deps, merchant, account)
    read = read_bank_file(file.content, one, encoding=encoding or "")
    by = await manager_of(deps, merchant, acting_for)
    return await banking.take_statement(
        deps, one, read.statements, digest=read.digest, file_name=file.name, repeated=repeated, by=by,
        now=deps.clock.now(),
    )  # fmt: skip


@bank.command("statements")
@merchant_argument
@printed(listed(_taken_line, otherwise="No statement yet."), lambda found: [_taken_facts(one) for one in found])
async def statements(deps: CommandDependencies, /, merchant: str) -> Sequence[StatementTaken]:
    """Print which statements of MERCHANT were taken, the newest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_statements(connection, known.merchant_id)


def line_of(one: KeptLine) -> str:
    """Return a line of a statement on a line."""
    line, money = one.line, currency(one.line.currency)
    left = "" if one.left == line.amount else f", {plain(one.left, money)} left"
    said = " · ".join(filter(None, [line.name, line.structured, line.text]))
    return (
        f"{one.line_id}  {line.booked_on}  {plain(line.amount, money)} {line.currency}{left}  {one.state.value}  {said}"
    )


def line_facts(one: KeptLine) -> dict[str, object]:
    """Return a line of a statement for machines."""
    line, money = one.line, currency(one.line.currency)
    return {
        "line_id": str(one.line_id),
        "account_id": str(one.account_id),
        "booked_on": line.booked_on.isoformat(),
        "amount": plain(line.amount, money),
        "left": plain(one.left, money),
        "currency": line.currency,
        "state": one.state.value,
        "name": line.name,
        "iban": line.iban,
        "text": line.text,
        "structured": line.structured,
        "note": one.note,
    }


@bank.command("lines")
@merchant_argument
@click.option("--state", type=click.Choice([one.value for one in LineState]), help="Only these.")
@click.option("--account", help="Only of this account.")
@click.option("--limit", type=click.IntRange(1, _LINES_MAX), default=100, show_default=True)
@printed(listed(line_of, otherwise="No such line."), lambda found: [line_facts(one) for one in found])
async def lines(
    deps: CommandDependencies, /, merchant: str, *, state: str | None, account: str | None, limit: int
) -> Sequence[KeptLine]:
    """Print the lines of statements of MERCHANT, the newest first."""
    known = await merchant_of(deps, merchant)
    one = None if account is None else await account_of(deps, merchant, account)
    async with deps.database.connection() as connection:
        return await lines_of(
            connection, known.merchant_id, state=LineState(state) if state else None,
            account_id=one.account_id if one else None, limit=limit,
        )  # fmt: skip
