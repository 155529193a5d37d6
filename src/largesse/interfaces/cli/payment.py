"""`largesse payment`: what was paid, what goes back, and what a gateway told. And `largesse order refund`."""

from collections.abc import Sequence
from uuid import UUID

import click
import msgspec

from largesse.domain import payments
from largesse.domain.merchants import find_merchant
from largesse.domain.orders import find_by_number
from largesse.domain.payments import Dispute, KeptNotice, Payment, PaymentRefund, PaymentStatus
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.arguments import Operation, minor, operation_options
from largesse.interfaces.cli.certificate import Named, at_a_spot
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.order import order
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, listed, merchant_of, printed, said
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import payments as payment_services
from largesse.services.refunds import (
    OrderCredit,
    OrderRefund,
    OutsideSettled,
    RefundPayer,
    credit_order,
    refund_order,
    settle_by_hand,
    settle_outside,
)

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a payment."""

    payment: Payment
    refunds: Sequence[PaymentRefund]
    disputes: Sequence[Dispute]
    notices: Sequence[KeptNotice]


def _payment_line(one: Payment) -> str:
    amount = _money(one.amount, one.currency)
    note = "  bought nothing, goes back" if one.surplus else ""
    return f"{one.payment_id}  {one.created_at:%Y-%m-%d %H:%M}  {one.gateway:<8} {one.status:<9} {amount:>16}{note}"


def _refund_line(one: PaymentRefund) -> str:
    said = f", {one.fault}" if one.fault else ""
    return f"refund {one.refund_id} {one.status}: {_money(one.amount, one.currency)} by {one.gateway}{said}"


def _money(amount: int, code: str) -> str:
    return f"{plain(amount, currency(code))} {code}"


def _story_lines(story: Story) -> str:
    shown = msgspec.structs.asdict(story.payment)
    shown["amount"] = _money(story.payment.amount, story.payment.currency)
    parts = [fields({name: value for name, value in shown.items() if name not in {"redirect_url", "currency"}})]
    parts += map(_refund_line, story.refunds)
    parts += [f"dispute {one.status}: {_money(one.amount, one.currency)}, {one.reference}" for one in story.disputes]
    parts += [
        f"{one.received_at:%Y-%m-%d %H:%M:%S}  told: {one.notice.kind}  → {one.outcome or one.status}"
        for one in story.notices
    ]
    return "\n".join(parts)


@order.command("refund")
@_MERCHANT
@click.argument("number")
@click.option("--amount", help="How much value; all that is left, if not given.")
@click.option("--gratuity", help="How much gratuity; all that is left, if not given.")
@click.option(
    "--as-credit", is_flag=True, help="Give it back as a certificate of credit, whose number the buyer is mailed."
)
@at_a_spot
@operation_options
@click.pass_obj
def refund_(
    runtime: Runtime,
    /,
    slug: str,
    number: str,
    *,
    amount: str | None,
    gratuity: str | None,
    as_credit: bool,
    named: Named,
    operation: Operation,
) -> None:
    """Take back what was not spent of the order NUMBER, and pay it to the buyer by the way it came, or as credit."""

    async def work(deps: CommandDependencies) -> OrderRefund | OrderCredit:
        now = deps.clock.now()
        async with deps.database.connection() as connection:
            merchant = await find_merchant(connection, slug)
            found = await find_by_number(connection, merchant.merchant_id, number)
        value = None if amount is None else minor(amount, found.currency)
        extra = None if gratuity is None else minor(gratuity, found.currency)
        request = operation.request(merchant.merchant_id, now=now)
        if as_credit:
            return await credit_order(deps, merchant, number, value=value, gratuity=extra, request=request, now=now)
        spot = await named.spot(deps, merchant.merchant_id, now=now)
        return await refund_order(
            deps, merchant, number, value=value, gratuity=extra, spot=spot, request=request, now=now
        )

    done = runtime.run(work)
    if operation.machine:
        click.echo(as_json(_given_back(done)))
        return
    again = " (done before; nothing was done again)" if done.outcome.replayed else ""
    taken = _money(done.taken, done.outcome.currency)
    click.echo(f"{taken} taken back from order {done.order.order_number}{again}")
    if isinstance(done, OrderCredit):
        given = _money(done.credit.amount, done.credit.currency)
        click.echo(
            f"credit {done.credit.certificate_id}: {given}, number ends in {done.last_four}, mailed to the buyer"
        )
        return
    for one in done.refunds:
        click.echo(_refund_line(one))


def _given_back(done: OrderRefund | OrderCredit) -> dict[str, object]:
    """Return what a program is told of a refund: of credit never the number, only the last four."""
    told: dict[str, object] = {"order": done.order, "outcomes": done.outcomes}
    if isinstance(done, OrderRefund):
        return told | {"refunds": done.refunds}
    credit = done.credit
    shown = {"certificate_id": credit.certificate_id, "number_ends": done.last_four}
    return told | {"credit": shown | {"amount": credit.amount, "currency": credit.currency}}


@click.group()
def payment() -> None:
    """List payments, show what became of one, and finish what waits."""


@payment.command("list")
@_MERCHANT
@click.option("--status", type=click.Choice([one.value for one in PaymentStatus]), help="Only those that stand so.")
@click.option("--gateway", help="Only those of one gateway.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@printed(listed(_payment_line))
async def list_(
    deps: CommandDependencies, /, slug: str, *, status: str | None, gateway: str | None, limit: int
) -> list[Payment]:
    """List payments, newest first."""
    async with deps.database.connection() as connection:
        merchant = await find_merchant(connection, slug)
        wanted = PaymentStatus(status) if status else None
        return await payments.list_payments(
            connection, merchant.merchant_id, status=wanted, gateway=gateway, limit=limit
        )


@payment.command()
@_MERCHANT
@click.argument("payment_id", type=click.UUID)
@printed(_story_lines)
async def show(deps: CommandDependencies, /, slug: str, payment_id: UUID) -> Story:
    """Show a payment, what goes back of it, its disputes, and what the gateway told."""
    async with deps.database.connection() as connection:
        merchant = await find_merchant(connection, slug)
        key = merchant.merchant_id, payment_id
        return Story(
            payment=await payments.payment_of_id(connection, *key),
            refunds=await payments.refunds_of_payments(connection, merchant.merchant_id, [payment_id]),
            disputes=await payments.disputes_of_payment(connection, *key),
            notices=await payments.notices_of_payment(connection, *key),
        )


@payment.command()
@said(lambda done: f"{done} done.")
async def sweep(deps: CommandDependencies, /) -> int:
    """Do now what the worker does every few seconds: ask about pending payments, and pay back what is owed."""
    return await payment_services.sweep(deps, now=deps.clock.now())


@payment.command("handed-back")
@_MERCHANT
@click.argument("refund_id", type=click.UUID)
@click.option(
    "--from",
    "payer",
    type=click.Choice([one.value for one in RefundPayer]),
    help="What paid it; the way that the payment came, if not given.",
)
@at_a_spot
@printed(_refund_line)
async def handed_back(
    deps: CommandDependencies, /, slug: str, refund_id: UUID, *, payer: str | None, named: Named
) -> PaymentRefund:
    """Confirm that you have handed back the money of a refund yourself: `payment owed` lists what is owed."""
    now, merchant = deps.clock.now(), await merchant_of(deps, slug)
    spot = await named.spot(deps, merchant.merchant_id, now=now)
    paid_from = RefundPayer(payer) if payer else None
    by = ByWhom(actor=actor())
    return await settle_by_hand(deps, merchant, refund_id, payer=paid_from, spot=spot, by=by, now=now)


def _owed_line(one: PaymentRefund) -> str:
    whose = f", certificate {one.certificate_id}" if one.certificate_id else ""
    of = f", payment {one.payment_id}" if one.payment_id else ""
    return f"{one.created_at:%Y-%m-%d %H:%M}  {_refund_line(one)}{whose}{of}"


@payment.command()
@_MERCHANT
@click.option("--after", type=click.UUID, help="Go on behind this refund, where a page ended.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@printed(listed(_owed_line))
async def owed(deps: CommandDependencies, /, slug: str, *, after: UUID | None, limit: int) -> list[PaymentRefund]:
    """List what is owed back to buyers and holders, the oldest first: by a gateway, or by hand."""
    async with deps.database.connection() as connection:
        merchant = await find_merchant(connection, slug)
        return await payments.open_refunds(connection, merchant.merchant_id, after=after, limit=limit)


@payment.command("settle-outside")
@_MERCHANT
@click.argument("payment_id", type=click.UUID)
@click.option("--order", "number", help="The order that it was for, where only part of the payment went back.")
@click.option("--keep", is_flag=True, help="Leave the certificates as they are: what went back is given away.")
@operation_options
@click.pass_obj
def settle_outside_(
    runtime: Runtime, /, slug: str, payment_id: UUID, *, number: str | None, keep: bool, operation: Operation
) -> None:
    """Book what was refunded of a payment at its gateway and not here, and take it off what it was for."""

    async def work(deps: CommandDependencies) -> OutsideSettled:
        now = deps.clock.now()
        merchant = await merchant_of(deps, slug)
        request = operation.request(merchant.merchant_id, now=now)
        return await settle_outside(
            deps, merchant, payment_id, order_number=number, keep=keep, request=request, now=now
        )

    done = runtime.run(work)
    if operation.machine:
        click.echo(as_json(done))
        return
    again = " (done before; nothing was done again)" if done.replayed else ""
    click.echo(f"{_money(done.booked, done.payment.currency)} booked for {', '.join(done.order_numbers)}{again}")
