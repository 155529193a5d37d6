"""`largesse invoice`, continued: what is overdue, and how a partner stands."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from largesse.domain import invoices, partners
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file
from largesse.interfaces.cli.invoice import found_invoice, operator
from largesse.interfaces.cli.invoice_mails import invoice, operation_option
from largesse.interfaces.cli.runtime import Runtime, listed, merchant_of, printed, said
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.money import parse, plain
from largesse.services import invoices as invoicing
from largesse.services.invoices import STEPS, Aged

__all__ = ["invoice"]

_DAY = click.DateTime(["%Y-%m-%d"])


def _aged_line(one: Aged) -> str:
    money = currency(one.currency)
    parts = ", ".join(f"{name} {plain(getattr(one, name), money)}" for name in STEPS if getattr(one, name))
    return f"{one.partner}  {plain(one.total, money)} {one.currency} open on {one.invoices}: {parts}"


@invoice.command()
@merchant_argument
@printed(listed(_aged_line, otherwise="Nothing is open."))
async def ageing(deps: CommandDependencies, /, *, merchant: str) -> Sequence[Aged]:
    """Show what is open by partner, and how long it is overdue: up to 30, 60, 90 days, or older."""
    seller = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await invoicing.ageing(connection, seller, now=deps.clock.now())


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@click.option("--reference", required=True, help="The partner's own invoice, or that it is a self-bill.")
@click.option("--amount", help="What that says, tax included; without it what the agreement pays, tax on top.")
@click.option("--tax-rate", type=click.FloatRange(0, 99), help="Of its tax, in per cent; needs --tax-country.")
@click.option("--tax-country", default="", help="Whose tax it is, such as DE.")
@said(str)
async def commission(
    deps: CommandDependencies,
    /,
    *,
    merchant: str,
    name: str,
    reference: str,
    amount: str | None,
    tax_rate: float | None,
    tax_country: str,
) -> str:
    """Book what the partner earns for INVOICE under an agreement on commission: it becomes its credit."""
    seller, found = await found_invoice(deps, merchant, name)
    async with deps.database.connection() as connection:
        money = currency((await invoices.find_invoice(connection, seller.merchant_id, found)).currency)
    tax = (tax_country.upper(), round(tax_rate * 10_000)) if tax_rate else None
    booked = await invoicing.book_commission(
        deps,
        seller,
        found,
        reference=reference,
        amount=parse(amount, money).minor if amount else None,
        tax=tax,
        by=operator(),
        now=deps.clock.now(),
    )
    return f"{plain(booked, money)} {money.code} are credited to the partner."


@invoice.command("undo-commission")
@merchant_argument
@click.argument("name", metavar="INVOICE")
@click.option("--reason", required=True, help="Why it is taken back.")
@operation_option
@said(str)
async def undo_commission(
    deps: CommandDependencies, /, *, merchant: str, name: str, reason: str, operation_id: UUID | None
) -> str:
    """Take back what was booked as commission for INVOICE, out of the partner's credit; it may be booked anew."""
    seller, found = await found_invoice(deps, merchant, name)
    async with deps.database.connection() as connection:
        money = currency((await invoices.find_invoice(connection, seller.merchant_id, found)).currency)
    returned = await invoicing.undo_commission(
        deps, seller, found, reason=reason, operation_id=operation_id, by=operator(), now=deps.clock.now()
    )
    return f"{plain(returned, money)} {money.code} are taken out of the partner's credit."


@invoice.command()
@merchant_argument
@click.argument("partner")
@click.option("--since", type=_DAY, help="The first day; 90 days before the last one without it.")
@click.option("--through", type=_DAY, help="The last day; today without it.")
@click.option("--currency", "code", help="Where the partner has accounts in several.")
@click.option("--form", type=click.Choice(["pdf", "csv"]), default="pdf")
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def statement(
    runtime: Runtime,
    /,
    *,
    merchant: str,
    partner: str,
    since: datetime | None,
    through: datetime | None,
    code: str | None,
    form: str,
    output: str,
) -> None:
    """Write the statement of account of PARTNER: what was invoiced, credited and paid, and what it comes to."""

    async def work(deps: CommandDependencies) -> bytes:
        seller = await merchant_of(deps, merchant)
        first, last = invoicing.period_of(
            since.date() if since else None,
            through.date() if through else None,
            today=day_of(deps.clock.now(), in_zone=seller.zone),
        )
        async with deps.database.connection() as connection:
            one = await partners.find_partner(connection, seller.merchant_id, partner)
            known = await invoicing.currencies_of(connection, one)
            wanted = (code or (known[0] if known else seller.currency)).upper()
            found = await invoicing.statement_of(connection, one, wanted, since=first, through=last)
            language = await invoicing.language_of(connection, seller, one)
        if form == "csv":
            return invoicing.statement_as_csv(found)
        return await invoicing.statement_as_pdf(deps, seller, one, found, language=language)

    content = runtime.run(work)
    with target_file(output) as target:
        target.write(content)
