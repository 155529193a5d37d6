"""`largesse bank`, continued: payouts of gateways, and what stands on accounts that have to come to nothing."""

from collections.abc import Sequence
from uuid import UUID

import click

from largesse.domain.payouts import Payout, list_payouts, read_payouts
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.bank import GivenFile, as_option, file_argument, manager_of
from largesse.interfaces.cli.bank_matching import bank
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import banking
from largesse.services.banking import ClearingItem
from largesse.web.bank_files import read_table_of

__all__ = ["bank"]


def _payout_line(one: Payout) -> str:
    money = currency(one.currency)
    again = "  taken before" if one.again else ""
    kept = f"{plain(one.fees, money)} kept"
    return (
        f"{one.payout_id}  {one.arrives_on}  {plain(one.amount, money)} {one.currency}, {kept}  {one.reference}{again}"
    )


def _payout_facts(one: Payout) -> dict[str, object]:
    money = currency(one.currency)
    return {
        "payout_id": str(one.payout_id),
        "gateway": one.gateway,
        "reference": one.reference,
        "arrives_on": one.arrives_on.isoformat(),
        "amount": plain(one.amount, money),
        "fees": plain(one.fees, money),
        "currency": one.currency,
        "lines": one.lines,
        "again": one.again,
    }


@bank.command("payouts")
@merchant_argument
@printed(listed(_payout_line, otherwise="No payout yet."), lambda found: [_payout_facts(one) for one in found])
async def payouts(deps: CommandDependencies, /, merchant: str) -> Sequence[Payout]:
    """Print which payouts of gateways to MERCHANT were taken, the newest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_payouts(connection, known.merchant_id)


@bank.command("import-payouts")
@merchant_argument
@file_argument
@click.option("--gateway", default="stripe", show_default=True, help="Whose payouts they are.")
@click.option("--account", type=click.UUID, help="The merchant's own account at the gateway.")
@as_option
@printed(listed(_payout_line), lambda found: [_payout_facts(one) for one in found])
async def import_payouts(
    deps: CommandDependencies, /, merchant: str, file: GivenFile, *, gateway: str, account: UUID | None,
    acting_for: str | None,
) -> Sequence[Payout]:  # fmt: skip
    """Take the payouts in FILE, a CSV that says what each is made of; one that was taken before adds nothing."""
    known = await merchant_of(deps, merchant)
    told = read_payouts(read_table_of(file.content))
    by = await manager_of(deps, merchant, acting_for)
    return await banking.take_payouts(
        deps, known, told, gateway=gateway, account_id=account, by=by, now=deps.clock.now()
    )


def _item_line(one: ClearingItem) -> str:
    amount = plain(one.amount, currency(one.currency))
    return f"{one.account:<18} {one.since}  {amount:>14} {one.currency}  {one.kind} {one.name}"


def _item_facts(one: ClearingItem) -> dict[str, object]:
    return {
        "account": one.account,
        "currency": one.currency,
        "kind": one.kind,
        "name": one.name,
        "amount": plain(one.amount, currency(one.currency)),
        "since": one.since.isoformat(),
    }


@bank.command("open-items")
@merchant_argument
@printed(listed(_item_line, otherwise="Nothing is open."), lambda found: [_item_facts(one) for one in found])
async def open_items(deps: CommandDependencies, /, merchant: str) -> Sequence[ClearingItem]:
    """Print what stands on MERCHANT's clearing accounts, item by item, the oldest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await banking.clearing_items(connection, known.merchant_id)
