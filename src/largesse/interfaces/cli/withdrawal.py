"""`largesse withdrawal`: buyers who withdrew, and what became of it."""

from collections.abc import Sequence
from uuid import UUID

import click

from largesse.domain import withdrawals
from largesse.domain.staff import ByWhom
from largesse.domain.withdrawals import Withdrawal
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import fields
from largesse.interfaces.cli.runtime import actor, listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services.withdrawals import close, settle

_SHOWN = 1000
_withdrawal_argument = click.argument("withdrawal_id", type=click.UUID, metavar="WITHDRAWAL")


def _state(one: Withdrawal) -> str:
    if one.closed_at is not None:
        return "closed"
    if not one.counts:
        return f"doubtful: {one.doubt.value}"
    return "settled" if one.settled_at is not None else "blocked"


def _line(one: Withdrawal) -> str:
    return f"{one.withdrawal_id}  {one.order_number:<13}  due {one.due_on}  {_state(one)}"


def _facts(one: Withdrawal) -> dict[str, object]:
    money = currency(one.currency) if one.currency else None
    return {
        "withdrawal_id": str(one.withdrawal_id),
        "order_number": one.order_number,
        "state": _state(one),
        "known_by": one.known_by.value,
        "name": one.name,
        "email": one.email,
        "received_at": one.received_at,
        "due_on": one.due_on,
        "settled_at": one.settled_at,
        "spent_price": plain(one.spent_price, money) if money and one.spent_price is not None else None,
        "currency": one.currency,
        "closed_at": one.closed_at,
        "closed_by": one.closed_by,
        "reason": one.reason,
    }


def _lines(one: Withdrawal) -> str:
    return fields(_facts(one))


def _all_facts(found: Sequence[Withdrawal]) -> list[dict[str, object]]:
    return [_facts(one) for one in found]


@click.group()
def withdrawal() -> None:
    """Look after buyers of MERCHANT, a slug or a number, who withdrew from what they bought."""


@withdrawal.command("list")
@merchant_argument
@click.option("--all", "closed_too", is_flag=True, help="Those that are closed, too.")
@printed(listed(_line, otherwise="No withdrawal waits."), _all_facts)
async def list_(deps: CommandDependencies, /, merchant: str, *, closed_too: bool) -> Sequence[Withdrawal]:
    """Print what waits, the one that is due first leading."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await withdrawals.list_withdrawals(connection, known.merchant_id, closed_too=closed_too, limit=_SHOWN)


@withdrawal.command()
@merchant_argument
@_withdrawal_argument
@printed(_lines, _facts)
async def show(deps: CommandDependencies, /, merchant: str, withdrawal_id: UUID) -> Withdrawal:
    """Print what WITHDRAWAL says, and how it stands."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await withdrawals.find_withdrawal(connection, known.merchant_id, withdrawal_id)


@withdrawal.command("settle")
@merchant_argument
@_withdrawal_argument
@printed(_lines, _facts)
async def settle_(deps: CommandDependencies, /, merchant: str, withdrawal_id: UUID) -> Withdrawal:
    """Pay back at once what is left of the order; workers do it by themselves, and try again every ten minutes."""
    known = await merchant_of(deps, merchant)
    return await settle(deps, known, withdrawal_id, actor=actor(), now=deps.clock.now())


@withdrawal.command("close")
@merchant_argument
@_withdrawal_argument
@click.option("--reason", required=True, help="What became of it.")
@printed(_lines, _facts)
async def close_(deps: CommandDependencies, /, merchant: str, withdrawal_id: UUID, *, reason: str) -> Withdrawal:
    """Close WITHDRAWAL with what became of it; nothing more is done for it by itself."""
    known = await merchant_of(deps, merchant)
    by = ByWhom(actor=actor(), why=reason)
    return await close(deps, known, withdrawal_id, by=by, now=deps.clock.now())
