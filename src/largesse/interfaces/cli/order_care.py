"""`largesse order`, continued: mail what was sold again, correct whom it is for, print it, undo it."""

from typing import BinaryIO

import click

from largesse.domain import gifts, orders
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.gifts import GiftStatus
from largesse.interfaces.cli.arguments import Operation, operation_options, read_secret
from largesse.interfaces.cli.certificate import Named, at_a_spot
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file, write_into
from largesse.interfaces.cli.order_sell import order
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, actor, merchant_of, printed
from largesse.kernel.money import plain
from largesse.services.certificates import locate
from largesse.services.counter_sales import Print, SalePaper, SaleUndone, print_sale, undo_sale
from largesse.services.gifts import GiftLink, SentAgain, send_again

__all__ = ["order"]

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")


def _sent_line(done: SentAgain) -> str:
    new = ", under a new number: the first one is dead" if done.has_new_number else ""
    return f"{done.gift.order_number} for {done.gift.recipient_email}: {done.gift.status.value}{new}"


@order.command("send-again")
@_MERCHANT
@click.argument("number")
@printed(_sent_line, lambda done: {"order": done.gift.order_number, "status": done.gift.status})
async def send_again_(deps: CommandDependencies, /, slug: str, *, number: str) -> SentAgain:
    """Mail the gift of the order NUMBER once more to where it was mailed, now; its number stays."""
    return await _send(deps, slug, number)


@order.command("correct")
@_MERCHANT
@click.argument("number")
@click.option("--email", required=True, help="Where it goes instead.")
@click.option("--name", help="What the recipient is called; as before without it.")
@printed(_sent_line, lambda done: {"order": done.gift.order_number, "new_number": done.has_new_number})
async def correct(deps: CommandDependencies, /, slug: str, *, number: str, email: str, name: str | None) -> SentAgain:
    """Correct whom the gift of the order NUMBER is for. One that was mailed elsewhere gets a new number."""
    return await _send(deps, slug, number, email=email, name=name)


async def _send(
    deps: CommandDependencies, slug: str, number: str, *, email: str | None = None, name: str | None = None
) -> SentAgain:
    merchant, now = await merchant_of(deps, slug), deps.clock.now()
    async with deps.database.connection() as connection:
        found = await orders.find_by_number(connection, merchant.merchant_id, number)
        gift = await gifts.find_gift(connection, merchant.merchant_id, found.order_id)
    address = gift.recipient_email if email is None else email
    link = GiftLink(merchant_id=gift.merchant_id, checkout_id=gift.checkout_id, ends_at=now)
    return await send_again(
        deps,
        link,
        gift.order_id,
        name=gift.recipient_name if name is None else name,
        email=address,
        at_once=gift.status is not GiftStatus.WAITING or address.casefold() == gift.recipient_email.casefold(),
        actor=actor(),
        now=now,
    )


@order.command("print")
@_MERCHANT
@click.argument("number")
@click.option("--paper", type=click.Choice([one.value for one in SalePaper]), default="sheet", show_default=True)
@click.option("-o", "--output", required=True, help="The PDF to write; - is standard output. It is worth money.")
@at_a_spot
@operation_options
@click.pass_obj
def print_(
    runtime: Runtime, /, slug: str, *, number: str, paper: str, output: str, named: Named, operation: Operation
) -> None:
    """Print what a counter sold, within ten minutes, at the device that sold it; each print is counted."""

    async def work(deps: CommandDependencies, file: BinaryIO) -> Print:
        merchant, now = await merchant_of(deps, slug), deps.clock.now()
        done = await print_sale(
            deps,
            merchant,
            number,
            SalePaper(paper),
            copy_word="COPY",
            spot=await named.spot(deps, merchant.merchant_id, now=now),
            request=operation.request(merchant.merchant_id, now=now),
            now=now,
        )
        write_into(file, done.pdf)
        return done

    with target_file(output) as file:
        done = runtime.run(lambda deps: work(deps, file))
    click.echo(f"print {done.copies + 1} of {number}", err=True)


@order.command("undo")
@_MERCHANT
@click.argument("number")
@click.option(
    "--certificate", "sold", required=True, help="The number that was sold; `-` reads it from standard input."
)
@operation_options
@click.pass_obj
def undo(runtime: Runtime, /, slug: str, *, number: str, sold: str, operation: Operation) -> None:
    """Undo what a counter sold, before its day is closed: the number is dead, the money goes back as it came."""

    async def work(deps: CommandDependencies) -> SaleUndone:
        merchant, now = await merchant_of(deps, slug), deps.clock.now()
        found = await locate(deps, read_secret(sold), at=merchant)
        if found.merchant.merchant_id != merchant.merchant_id:
            raise CertificateUnknown
        request = operation.request(merchant.merchant_id, now=now)
        return await undo_sale(deps, merchant, number, found.certificate, actor_only=False, request=request, now=now)

    done = runtime.run(work)
    if operation.machine:
        click.echo(as_json(done))
        return
    again = " (undone before; nothing was changed)" if done.replayed else ""
    click.echo(f"{number} undone, {plain(done.back.minor, done.back.currency)} {done.back.currency.code} back{again}")
