"""`largesse certificate`, continued: cards that are printed before anybody buys them."""

from datetime import datetime

import click

from largesse.domain.catalog import Offering, find_offering
from largesse.interfaces.cli.arguments import Operation, certificate_and, minor, operation_options, pots
from largesse.interfaces.cli.catalog_facts import percent
from largesse.interfaces.cli.certificate import GRATUITY, Acting, Named, acting, at_a_spot, paid_by
from largesse.interfaces.cli.certificate_payouts import certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.printing import outcome_facts, show_outcome
from largesse.interfaces.cli.runtime import Runtime, merchant_of
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.numbers import in_groups
from largesse.kernel.tax import UNTAXED, TaxKind
from largesse.kernel.tax_asked import TaxAsked, read_country, tax_asked
from largesse.kernel.validity import last_day
from largesse.kernel.zones import region_of_zone
from largesse.ledger import Outcome
from largesse.services.certificates import Prepared, Tender
from largesse.services.certificates import activate as activate_flow
from largesse.services.certificates import prepare as prepare_flow

__all__ = ["certificate"]


@certificate.command()
@click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
@click.option("--currency", "code", help="What will be on it, such as EUR; usually the merchant's currency.")
@operation_options
@click.pass_obj
def prepare(runtime: Runtime, /, *, slug: str, code: str | None, operation: Operation) -> None:
    """Make a certificate with nothing on it, for a card that is printed before it is sold. Prints its number."""
    known = currency(code.upper()).code if code else None

    async def work(deps: CommandDependencies) -> Prepared:
        now = deps.clock.now()
        merchant = await merchant_of(deps, slug)
        request = operation.request(merchant.merchant_id, now=now)
        return await prepare_flow(deps, merchant, currency=known, request=request, now=now)

    done = runtime.run(work)
    if operation.machine:
        new = {"certificate_id": str(done.certificate_id), "number": done.number}
        click.echo(as_json(outcome_facts(done.outcome) | {"new": new}))
        return
    show_outcome(done.outcome, machine=False)
    click.echo(f"number {in_groups(done.number)}")


async def _offering(on: Acting, slug: str | None) -> Offering | None:
    if slug is None:
        return None
    async with on.deps.database.connection() as connection:
        return await find_offering(connection, on.found.merchant.merchant_id, slug)


@certificate.command()
@certificate_and("amount")
@GRATUITY
@click.option("--discount", default="0", show_default=True, help="What of AMOUNT the buyer is let off.")
@paid_by(Tender.CASH, Tender.TERMINAL, Tender.TRANSFER, Tender.GIVEN, Tender.IMPORTED)
@click.option("--offering", help="The slug of what is sold: its tax counts, where none is named, and its validity.")
@click.option("--tax-kind", type=click.Choice([one.value for one in TaxKind]), help="When tax on it is due.")
@click.option("--tax", help="The rate of tax at sale in per cent, such as 19.")
@click.option("--tax-country", help="The two letters of the country whose tax it is, or none.")
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="Its last good day.")
@click.option("--for-ever", is_flag=True, help="It never expires.")
@at_a_spot
@acting
async def activate(
    on: Acting,
    /,
    *,
    amount: str,
    gratuity: str,
    discount: str,
    tender: str,
    offering: str | None,
    tax_kind: str | None,
    tax: str | None,
    tax_country: str | None,
    through: datetime | None,
    for_ever: bool,
    named: Named,
) -> Outcome:
    """Load a certificate that was prepared with AMOUNT: the card is sold."""
    if (through and for_ever) or not (through or for_ever or offering):
        raise click.UsageError("Give --through with a day, or --for-ever, or the --offering whose validity counts.")
    merchant, code = on.found.merchant, on.found.certificate.currency
    sold = await _offering(on, offering)
    good_through = through.date() if through else None
    if sold is not None and not through and not for_ever:
        good_through = last_day(sold.validity, issued_on=day_of(on.now, in_zone=merchant.zone))
    asked = TaxAsked(
        kind=TaxKind(tax_kind) if tax_kind else None,
        country=read_country(tax_country) if tax_country else None,
        rate=percent(tax) / 100 if tax else None,
    )
    before = UNTAXED if sold is None else sold.tax
    value, extra = pots(on.found, amount, gratuity)
    return await activate_flow(
        on.deps,
        on.found.merchant,
        on.found.certificate,
        value=value,
        gratuity=extra,
        discount=minor(discount, code),
        tax=tax_asked(asked, before=before, home=region_of_zone(merchant.time_zone)),
        tender=Tender(tender),
        good_through=good_through,
        spot=await on.spot(named),
        request=on.request,
        now=on.now,
    )
