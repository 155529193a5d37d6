"""`largesse certificate`, continued: cards that are printed before anybody buys them."""

from datetime import datetime

import click

from largesse.interfaces.cli.arguments import Operation, certificate_and, operation_options, pots
from largesse.interfaces.cli.certificate import GRATUITY, RELOADED_FROM, Acting, acting
from largesse.interfaces.cli.certificate_payouts import certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.printing import outcome_facts, show_outcome
from largesse.interfaces.cli.runtime import Runtime, merchant_of
from largesse.kernel.currency import currency
from largesse.kernel.numbers import in_groups
from largesse.ledger import Account, Outcome
from largesse.services.certificates import Prepared
from largesse.services.certificates import activate as activate_flow
from largesse.services.certificates import prepare as prepare_flow

_SOLD_FOR = tuple(one.value for one in RELOADED_FROM if one is not Account.PARTNER_RECEIVABLE)

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


@certificate.command()
@certificate_and("amount")
@GRATUITY
@click.option(
    "--funding",
    type=click.Choice(_SOLD_FOR),
    default=Account.GATEWAY_CLEARING.value,
    show_default=True,
    help="The account that pays for it; promotions_granted gives it away.",
)
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="Its last good day.")
@click.option("--for-ever", is_flag=True, help="It never expires.")
@acting
async def activate(
    on: Acting, /, *, amount: str, gratuity: str, funding: str, through: datetime | None, for_ever: bool
) -> Outcome:
    """Load a certificate that was prepared with AMOUNT: the card is sold."""
    if (through is None) == (not for_ever):
        raise click.UsageError("Give --through with a day, or --for-ever.")
    value, extra = pots(on.found, amount, gratuity)
    return await activate_flow(
        on.deps,
        on.found.merchant,
        on.found.certificate,
        value=value,
        gratuity=extra,
        funding=Account(funding),
        good_through=through.date() if through else None,
        request=on.request,
        now=on.now,
    )
