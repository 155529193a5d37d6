"""`largesse order`: what was bought, what waits for payment, and what comes from elsewhere."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from largesse.domain import orders, payments
from largesse.domain.merchants import find_merchant
from largesse.domain.orders import Checkout, Order, OrderStatus
from largesse.domain.payments import Payment
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, merchant_of, printed
from largesse.interfaces.cli.sheets import read_order_sheet
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.kernel.paging import Page, Period
from largesse.services import orders as order_services
from largesse.services.orders import Imported, Placed, give_up, import_orders

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")


def _line(one: Order) -> str:
    total = plain(one.total, currency(one.currency))
    whom = " ".join(filter(None, [one.recipient_first_name, one.recipient_last_name])) or one.recipient_email
    placed_at = f"{one.placed_at:%Y-%m-%d %H:%M}"
    return f"{one.order_number:<13} {placed_at} {one.status.value:<9} {total:>12} {one.currency}  {whom}"


def _shown(one: Order) -> dict[str, object]:
    values = msgspec.structs.asdict(one)
    money = currency(one.currency)
    for name in ("amount", "tip", "discount", "tax", "total", "included_tax"):
        values[name] = plain(values[name], money)
    hidden = {"merchant_id", "fingerprint", "operation_id"}
    return {name: value for name, value in values.items() if name not in hidden and value not in ("", None)}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its checkout and payments."""

    order: Order
    checkout: Checkout | None = None
    payments: Sequence[Payment] = ()


def _found_lines(found: Found) -> str:
    parts = [fields(_shown(found.order))]
    if found.checkout is not None:
        billing = msgspec.structs.asdict(found.checkout.billing)
        told = {f"billing {name}": text for name, text in billing.items() if text}
        parts.append(fields({"checkout": found.checkout.status.value, **told}))
    for one in found.payments:
        amount = plain(one.amount, currency(one.currency))
        parts.append(f"payment {one.status.value}: {amount} {one.currency}, {one.gateway} {one.reference}")
    return "\n".join(parts)


def _cancelled_lines(done: Placed) -> str:
    return "\n".join(map(_line, done.orders))


@click.group()
def order() -> None:
    """List orders, import them, confirm their payment, cancel them."""


@order.command("list")
@_MERCHANT
@click.option("--status", type=click.Choice([status.value for status in OrderStatus]), help="Only those that stand so.")
@click.option("--refcode", help="Only those of a partner's batch.")
@click.option("--after", help="Go on behind this order number, where a page ended.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@click.pass_obj
def list_(
    runtime: Runtime,
    slug: str,
    *,
    status: str | None,
    refcode: str | None,
    after: str | None,
    limit: int,
    machine: bool,
) -> None:
    """List orders, newest first."""

    async def work(deps: CommandDependencies) -> Page[Order]:
        async with deps.database.connection() as connection:
            merchant = await find_merchant(connection, slug)
            return await orders.list_orders(
                connection,
                merchant.merchant_id,
                status=OrderStatus(status) if status else None,
                refcode=refcode,
                placed=Period(),
                after=after,
                limit=limit,
            )

    page = runtime.run(work)
    if machine:
        click.echo(as_json(page))
        return
    for one in page.items:
        click.echo(_line(one))
    if page.after:
        click.echo(f"There are more: add --after {page.after}", err=True)


@order.command()
@_MERCHANT
@click.argument("number")
@printed(_found_lines)
async def show(deps: CommandDependencies, /, slug: str, number: str) -> Found:
    """Show the order NUMBER, with its checkout and payments."""
    async with deps.database.connection() as connection:
        merchant = await find_merchant(connection, slug)
        found = await orders.find_by_number(connection, merchant.merchant_id, number)
        if found.checkout_id is None:
            return Found(order=found)
        key = merchant.merchant_id, found.checkout_id
        return Found(
            order=found,
            checkout=await orders.find_checkout(connection, *key),
            payments=await payments.payments_of_checkout(connection, *key),
        )


@order.command("import")
@_MERCHANT
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and rehearse everything, and change nothing.")
@json_option
@click.pass_obj
def import_(runtime: Runtime, slug: str, file: Path, *, dry_run: bool, machine: bool) -> None:
    """Place and issue the retail orders of a CSV FILE with the 26 fields: all of them, or none.

    Importing the same file again changes nothing. `-` reads standard input.
    """
    data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    sheet = read_order_sheet(data)

    async def work(deps: CommandDependencies) -> Imported:
        merchant = await merchant_of(deps, slug)
        now = deps.clock.now()
        return await import_orders(deps, merchant, sheet, dry_run=dry_run, actor=actor(), now=now)

    done = runtime.run(work)
    would = "would be issued (nothing was changed)" if dry_run else "issued"
    note = f"{len(done.issued)} {would}, {len(done.known)} imported before."
    _tell(done, done.issued, machine=machine, note=note)


@order.command("mark-paid")
@_MERCHANT
@click.argument("number")
@click.option("--reference", help="Your name of the payment, such as a receipt or transfer; each payment has its own.")
@json_option
@click.pass_obj
def mark_paid(runtime: Runtime, slug: str, number: str, *, reference: str | None, machine: bool) -> None:
    """Confirm that the order NUMBER is paid in full, and issue it with all orders of its checkout."""

    async def work(deps: CommandDependencies) -> order_services.Fulfilled:
        merchant = await merchant_of(deps, slug)
        now = deps.clock.now()
        return await order_services.mark_paid(deps, merchant, number, reference=reference, actor=actor(), now=now)

    done = runtime.run(work)
    note = _before(done.orders, free=not done.checkout.total) if done.replayed else ""
    _tell(done, done.orders, machine=machine, note=note)


@order.command()
@_MERCHANT
@click.argument("number")
@printed(_cancelled_lines)
async def cancel(deps: CommandDependencies, /, slug: str, number: str) -> Placed:
    """Cancel the order NUMBER while it waits for payment, with all orders of its checkout."""
    return await give_up(deps, await merchant_of(deps, slug), number)


def _before(known: Iterable[Order], *, free: bool) -> str:
    """Return what became of orders whose payment was confirmed before."""
    ended = ", ".join(
        f"{one.order_number} was {one.status.value}" for one in known if one.status is not OrderStatus.ISSUED
    )
    before = "It costs nothing, and was issued before" if free else "It was paid and issued before"
    return f"{before}{f'; since then {ended}' if ended else ''}. Nothing was changed."


def _tell(done: msgspec.Struct, about: Iterable[Order], *, machine: bool, note: str = "") -> None:
    if machine:
        click.echo(as_json(done))
        return
    for one in about:
        click.echo(_line(one))
    if note:
        click.echo(note, err=True)
