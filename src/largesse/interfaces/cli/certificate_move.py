"""`largesse certificate move-to-offering`: what is left of one certificate becomes another offering."""

import click

from largesse.interfaces.cli.arguments import (
    CertificateTarget,
    Operation,
    certificate_argument,
    minor,
    operation_options,
)
from largesse.interfaces.cli.certificate import Named, at_a_spot
from largesse.interfaces.cli.certificate_counter import certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime
from largesse.services.counter_sales import (
    MovedTo,
    MoveQuote,
    MoveWanted,
    SaleTender,
    move_to_offering,
    quote_move,
)

__all__ = ["certificate"]


@certificate.command("move-to-offering")
@certificate_argument
@click.option("--offering", required=True, help="What it becomes, by slug or id.")
@click.option("--amount", help="How much of it, where its amount is free.")
@click.option("--tender", type=click.Choice([one.value for one in SaleTender]), help="How what is missing is paid.")
@click.option("--reference", default="", help="Of the terminal's slip, or of your own till's.")
@click.option("--email", default="", help="Where the new certificate is mailed to; without it, it is printed.")
@click.option("--quote", "only_quote", is_flag=True, help="Only say what it would come to.")
@at_a_spot
@operation_options
@click.pass_obj
def move(
    runtime: Runtime,
    /,
    *,
    offering: str,
    amount: str | None,
    tender: str | None,
    reference: str,
    email: str,
    only_quote: bool,
    named: Named,
    target: CertificateTarget,
    operation: Operation,
) -> None:
    """Move what is left of a certificate to another offering: an order of its own, with a new number.

    What was paid for the certificate pays for it; what is missing is paid by --tender, and what is more stays.
    """

    async def work(deps: CommandDependencies) -> MoveQuote | MovedTo:
        found, now = await target.located(deps), deps.clock.now()
        wanted = MoveWanted(
            offering=offering,
            amount=None if amount is None else minor(amount, found.certificate.currency),
            tender=SaleTender(tender) if tender else None,
            reference=reference,
            email=email,
        )
        if only_quote:
            return await quote_move(deps, found.merchant, found.place, wanted, now=now)
        spot = await named.spot(deps, found.merchant.merchant_id, now=now)
        request = operation.request(found.merchant.merchant_id, now=now)
        return await move_to_offering(deps, found.merchant, found.place, wanted, spot=spot, request=request, now=now)

    done = runtime.run(work)
    if operation.machine:
        click.echo(as_json(done))
        return
    if isinstance(done, MoveQuote):
        click.echo(f"costs {done.price}, takes {done.taken}, misses {done.missing}, leaves {done.stays}")
        return
    again = " (moved before; nothing was changed)" if done.replayed else ""
    waits = ""
    if done.missing is not None and done.missing.waits:
        waits = f"; {done.missing.total} waits for its payment, order {done.missing.order.order_number}"
    click.echo(f"moved to order {done.order.order_number}{again}{waits}")
