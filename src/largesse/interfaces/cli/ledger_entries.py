"""`largesse ledger`, continued: manual entries, which one person asks for and another agrees to."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

import click

from largesse.domain.manual_entries import ManualEntry, list_entries
from largesse.interfaces.cli.arguments import merchant_argument, minor
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.ledger_payouts import ledger
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import bookkeeping, staff
from largesse.services.bookkeeping import BY_HAND
from largesse.services.staff import Manager

__all__ = ["ledger"]

_account = click.Choice(sorted(one.value for one in BY_HAND))
_as_option = click.option(
    "--as", "acting_for", metavar="ADDRESS", required=True, help="The address of whom you act for: bound by their role."
)


class RefusedEntry(NamedTuple):
    """An entry that is not booked."""

    entry_id: UUID


def _line(entry: ManualEntry) -> str:
    amount = plain(entry.amount, currency(entry.currency))
    who = f"asked for by {entry.requested_by}"
    if entry.decided_by is not None:
        who += f", {entry.state.value} by {'one person' if entry.alone else entry.decided_by}"
    return f"{entry.entry_id}  {entry.debit} to {entry.credit}  {amount} {entry.currency}  {who}: {entry.why}"


def _facts(entry: ManualEntry) -> dict[str, object]:
    return {
        "entry_id": str(entry.entry_id),
        "state": entry.state.value,
        "debit": entry.debit,
        "credit": entry.credit,
        "amount": plain(entry.amount, currency(entry.currency)),
        "currency": entry.currency,
        "why": entry.why,
        "requested_by": entry.requested_by,
        "decided_by": entry.decided_by,
        "by_one_person": entry.alone,
    }


def _all_facts(entries: Sequence[ManualEntry]) -> list[dict[str, object]]:
    return [_facts(one) for one in entries]


def _refused_line(refused: RefusedEntry) -> str:
    return f"{refused.entry_id} is not booked"


def _refused_facts(refused: RefusedEntry) -> dict[str, str]:
    return {"entry_id": str(refused.entry_id), "state": "refused"}


@ledger.command("enter")
@merchant_argument
@click.option("--debit", type=_account, required=True)
@click.option("--credit", type=_account, required=True)
@click.option("--amount", required=True, help="Such as 12.50.")
@click.option("--currency", "code", help="ISO 4217 code; the merchant's own without it.")
@click.option("--why", required=True, help="Why, for whoever reads the books.")
@_as_option
@printed(_line, _facts)
async def enter(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    debit: str,
    credit: str,
    amount: str,
    code: str | None,
    why: str,
    acting_for: str,
) -> ManualEntry:
    """Ask for an entry between two accounts of MERCHANT that are no certificate's; another person agrees to it."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    money = code or known.currency
    entry = ManualEntry(
        merchant_id=known.merchant_id,
        entry_id=uuid4(),
        debit=debit,
        credit=credit,
        currency=money,
        amount=minor(amount, money),
        why=why,
        requested_by=by.name,
        requester_id=by.person_id or known.merchant_id,
        requested_at=deps.clock.now(),
    )
    await bookkeeping.request_entry(deps, entry, by=by)
    return entry


@ledger.command("agree")
@merchant_argument
@click.argument("entry", type=click.UUID)
@_as_option
@printed(lambda found: f"booked: {_line(found)}", _facts)
async def agree(deps: CommandDependencies, /, merchant: str, entry: UUID, *, acting_for: str) -> ManualEntry:
    """Agree to ENTRY, which is booked."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    return await bookkeeping.approve_entry(deps, known, entry, by=by, now=deps.clock.now())


@ledger.command("refuse")
@merchant_argument
@click.argument("entry", type=click.UUID)
@_as_option
@printed(_refused_line, _refused_facts)
async def refuse(deps: CommandDependencies, /, merchant: str, entry: UUID, *, acting_for: str) -> RefusedEntry:
    """Do not agree to ENTRY, or withdraw it."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    await bookkeeping.refuse_entry(deps, known, entry, by=by, now=deps.clock.now())
    return RefusedEntry(entry)


@ledger.command("entries")
@merchant_argument
@printed(listed(_line, otherwise="Nobody has asked for an entry yet."), _all_facts)
async def entries(deps: CommandDependencies, /, merchant: str) -> Sequence[ManualEntry]:
    """Print the newest manual entries of MERCHANT."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_entries(connection, known.merchant_id)


async def _manager(deps: CommandDependencies, merchant: str, acting_for: str) -> Manager:
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await staff.as_member(connection, known, acting_for)
