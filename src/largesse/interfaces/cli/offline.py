"""`largesse offline`: what devices may take without a line, what their queues hold, and what has to be settled."""

import sys
from uuid import UUID

import click
import msgspec

from largesse.domain import offline as domain
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.offline import OfflineConflict, OfflineRules, Remedy, SettlementInvalid, SignedRow
from largesse.interfaces.cli.arguments import merchant_argument, minor
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import offline as services
from largesse.services.offline import OfflineDevice, RowOutcome
from largesse.services.staff import Manager, as_member

_as_option = click.option(
    "--as",
    "acting_for",
    metavar="ADDRESS",
    help="The address of whom you act for: bound by their role, and written as 'operator for NAME'.",
)


@click.group()
def offline() -> None:
    """Allow devices to redeem without a line, and settle what their queues tell. MERCHANT is a slug or a number.

    A device needs a key of its own, and `largesse device set --offline-hours`, besides.
    """


@offline.command()
@merchant_argument
@json_option
@click.pass_obj
def show(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """Show what MERCHANT allows without a line, the most that can be lost, and the devices that may."""

    async def work(deps: CommandDependencies) -> tuple[Merchant, OfflineRules, list[OfflineDevice]]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            rules = await domain.offline_rules(connection, seller.merchant_id)
            found = await services.offline_devices(connection, seller.merchant_id, now=deps.clock.now())
            return seller, rules, found

    _show(*runtime.run(work), machine=machine)


@offline.command("set")
@merchant_argument
@click.option("--allow/--forbid", default=None, help="Whether devices may redeem without a line at all.")
@click.option("--per-certificate", help="The most that one certificate pays without a line, such as 100.00.")
@click.option("--per-day", help="The most that one device takes in a day without a line.")
@click.option("--over-all", help="The most that all devices have taken before they are heard of again.")
@click.option("--hours", type=int, help="After how many hours a book is too old: 1 to 72.")
@json_option
@click.pass_obj
def set_(
    runtime: Runtime,
    /,
    merchant: str,
    *,
    allow: bool | None,
    per_certificate: str | None,
    per_day: str | None,
    over_all: str | None,
    hours: int | None,
    machine: bool,
) -> None:
    """Change what MERCHANT allows without a line; what is not named stays."""

    async def work(deps: CommandDependencies) -> tuple[Merchant, OfflineRules, list[OfflineDevice]]:
        now = deps.clock.now()
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            before = await domain.offline_rules(connection, seller.merchant_id, lock=True)
            wanted = OfflineRules(
                merchant_id=seller.merchant_id,
                allowed=before.allowed if allow is None else allow,
                per_certificate=_typed(per_certificate, before.per_certificate, seller),
                per_device_day=_typed(per_day, before.per_device_day, seller),
                over_all=_typed(over_all, before.over_all, seller),
                hours_max=before.hours_max if hours is None else hours,
            )
            await services.change_rules(connection, seller, wanted, by=Manager(actor=actor()), now=now)
            return seller, wanted, await services.offline_devices(connection, seller.merchant_id, now=now)

    _show(*runtime.run(work), machine=machine)


@offline.command()
@merchant_argument
@click.option("--all", "settled_too", is_flag=True, help="Those that were settled, too.")
@json_option
@click.pass_obj
def conflicts(runtime: Runtime, /, merchant: str, *, settled_too: bool, machine: bool) -> None:
    """List what has to be settled of the queues of MERCHANT's devices."""

    async def work(deps: CommandDependencies) -> list[OfflineConflict]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            return await domain.conflicts(connection, seller.merchant_id, settled_too=settled_too)

    found = runtime.run(work)
    if machine:
        click.echo(as_json([_facts(one) for one in found]))
        return
    if not found:
        click.echo("Nothing has to be settled.")
    for one in found:
        amount = f"{plain(one.amount, currency(one.currency))} {one.currency}"
        rows = f"row {one.number}" if one.number == one.number_to else f"rows {one.number} to {one.number_to}"
        can = ", ".join(each.value for each in one.remedies) or one.state.value
        click.echo(f"{one.conflict_id}  {one.kind.value:<8}  {rows:<10}  {amount:>12}  {one.why}  ({can})")


@offline.command()
@merchant_argument
@click.argument("conflict_id", type=click.UUID, metavar="CONFLICT")
@click.argument("remedy", type=click.Choice([one.value for one in Remedy]))
@click.option("--reason", default="", help="Who is asked to pay, or why nobody is.")
@_as_option
@json_option
@click.pass_obj
def settle(
    runtime: Runtime,
    /,
    merchant: str,
    conflict_id: UUID,
    remedy: str,
    *,
    reason: str,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Settle CONFLICT by one of the remedies that `conflicts` names: charge, paid, write-off, seen, post or drop."""

    async def work(deps: CommandDependencies) -> OfflineConflict:
        seller, by = await _acting(deps, merchant, acting_for)
        return await services.settle_conflict(
            deps, seller, conflict_id, Remedy(remedy), reason=reason, by=by, now=deps.clock.now()
        )

    found = _facts(runtime.run(work))
    click.echo(as_json(found) if machine else fields(found))


@offline.command()
@merchant_argument
@_as_option
@json_option
@click.pass_obj
def post(runtime: Runtime, /, merchant: str, *, acting_for: str | None, machine: bool) -> None:
    """Post a redemption that a device took without a line and never sent: its receipt's code is read from stdin."""
    text = sys.stdin.read(8_000).strip()

    async def work(deps: CommandDependencies) -> RowOutcome:
        seller, by = await _acting(deps, merchant, acting_for)
        return await services.take_paper(deps, seller, _signed(text), by=by, now=deps.clock.now())

    found = msgspec.to_builtins(runtime.run(work))
    click.echo(as_json(found) if machine else fields(found))


def _typed(text: str | None, otherwise: int, seller: Merchant) -> int:
    return otherwise if text is None else minor(text, seller.currency)


def _signed(text: str) -> SignedRow:
    signed = domain.read_paper(text)
    if signed is None:
        raise SettlementInvalid
    return signed


async def _acting(deps: CommandDependencies, merchant: str, address: str | None) -> tuple[Merchant, Manager]:
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return seller, Manager(actor=actor()) if address is None else await as_member(connection, seller, address)


def _facts(one: OfflineConflict) -> dict[str, object]:
    return {**msgspec.to_builtins(one), "remedies": [each.value for each in one.remedies]}


def _show(seller: Merchant, rules: OfflineRules, found: list[OfflineDevice], *, machine: bool) -> None:
    devices = [
        {
            "device": one.device.name,
            "state": one.device.state.value,
            "refreshed_at": one.device.refreshed_at,
            "lent": one.lent,
            "waiting": one.enrolment.waiting if one.enrolment else 0,
            "emptied_at": one.enrolment.emptied_at if one.enrolment else None,
        }
        for one in found
    ]
    if machine:
        click.echo(as_json({**msgspec.to_builtins(rules), "most_lost": rules.most_lost, "devices": devices}))
        return

    def said(amount: int) -> str:
        return f"{plain(amount, seller.money)} {seller.currency}"

    if not rules.allowed:
        click.echo("Nothing is redeemed without a line.")
    else:
        click.echo(
            f"Without a line: {said(rules.per_certificate)} of a certificate, {said(rules.per_device_day)} by a device "
            f"in a day, by a book of up to {rules.hours_max} hours. At most {said(rules.most_lost)} can be lost."
        )
    for one in found:
        waiting = one.enrolment.waiting if one.enrolment else 0
        click.echo(f"{one.device.name}: lent {said(one.lent)}, {waiting} rows to come")
