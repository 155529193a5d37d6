"""`largesse order sell`: what is sold at a counter, at the spot that is named."""

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from largesse.domain import catalog
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.orders import Billing
from largesse.interfaces.cli.arguments import Operation, minor, operation_options, read_secret
from largesse.interfaces.cli.certificate import Named, at_a_spot
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.order import order
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, merchant_of
from largesse.kernel.money import plain
from largesse.services.certificates import locate
from largesse.services.counter_sales import Sale, SaleTender, Sold, sell, send_payment_link
from largesse.ui import LANGUAGES

__all__ = ["order"]


@order.command("sell")
@click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
@click.option("--offering", help="What is sold, by slug or id. Without it, --card is reloaded.")
@click.option("--amount", help="How much; a package has its own price.")
@click.option("--gratuity", default="0", show_default=True, help="Gratuity on top of it.")
@click.option("--tender", type=click.Choice([one.value for one in SaleTender]), required=True, help="How it is paid.")
@click.option("--reference", default="", help="Of the terminal's slip, or of your own till's.")
@click.option("--to", "to", default="", help="Whom it is for.")
@click.option("--from", "sender", default="", help="Whom it is from.")
@click.option("--message", default="", help="What they are told.")
@click.option("--email", default="", help="Where the certificate is mailed to; without it, it is printed.")
@click.option("--design", default="", help="How the certificate looks; the offering's first design without it.")
@click.option(
    "--deliver-at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="When it is mailed, in the merchant's time zone."
)
@click.option("--promo", "promo_code", default="", help="A promo code, as in the shop.")
@click.option("--payment-link", "link_to", help="Mail a link to pay by card to this address; with --tender phone.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="What the buyer reads: the link, the receipt, the certificate. Without it, the merchant's.",
)
@click.option("--card", help="The number of a card that is activated, or reloaded; `-` reads it from standard input.")
@at_a_spot
@operation_options
@click.pass_obj
def sell_at_counter(
    runtime: Runtime,
    /,
    slug: str,
    *,
    amount: str | None,
    gratuity: str,
    tender: str,
    card: str | None,
    link_to: str | None,
    deliver_at: datetime | None,
    promo_code: str,
    language: str | None,
    named: Named,
    operation: Operation,
    **given: Any,
) -> None:
    """Sell a certificate at a counter, activate a card, or reload one: an order of its own.

    What is paid at once (cash, terminal, till) is issued or reloaded at once. A transfer is waited for: `largesse order
    mark-paid`; so is a card payment by a link or on the buyer's phone.
    """

    async def work(deps: CommandDependencies) -> Sold:
        merchant, now = await merchant_of(deps, slug), deps.clock.now()
        card_id: UUID | None = None
        money = merchant.currency
        if card is not None:
            found = await locate(deps, read_secret(card), at=merchant)
            if found.merchant.merchant_id != merchant.merchant_id:
                raise CertificateUnknown
            card_id, money = found.certificate.certificate_id, found.certificate.currency
        sale = Sale(
            tender=SaleTender(tender),
            amount=None if amount is None else minor(amount, money),
            gratuity=minor(gratuity, money),
            card=card_id,
            buyer=Billing(email=link_to or ""),
            deliver_at=None if deliver_at is None else deliver_at.replace(tzinfo=merchant.zone),
            promo_code=catalog.fold_code(promo_code),
            locale=language or catalog.language_of(merchant.language),
            **given,
        )
        spot = await named.spot(deps, merchant.merchant_id, now=now)
        request = operation.request(merchant.merchant_id, now=now)
        done = await sell(deps, merchant, sale, spot=spot, request=request, now=now)
        if link_to is not None:
            await send_payment_link(deps, merchant, done, address=link_to, now=now)
        return done

    done = runtime.run(work)
    if operation.machine:
        click.echo(as_json(done))
        return
    stands = "waits for its payment" if done.waits else done.order.status.value
    again = " (sold before; nothing was changed)" if done.replayed else ""
    total = f"{plain(done.order.total, done.total.currency)} {done.order.currency}"
    click.echo(f"{done.order.order_number} {total} {stands}{again}")
