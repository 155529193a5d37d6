"""`largesse invoice`: what partners ordered on account, gathered, issued, given up; and what invoices say."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import click
import msgspec

from largesse.db import Connection
from largesse.domain import invoices, locations, partners
from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.invoices import Invoice, InvoiceDocument, InvoiceFormat
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file
from largesse.interfaces.cli.output import fields
from largesse.interfaces.cli.owner_askings import as_owner, ask_other_owner, owner_acting
from largesse.interfaces.cli.runtime import Runtime, actor, listed, merchant_of, printed, said
from largesse.kernel.conventions import SheetSize
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import invoices as invoicing
from largesse.services.invoices import InvoiceDraft
from largesse.services.owners import INVOICE_ACCOUNT, account_said
from largesse.services.staff import Manager

Command = Callable[..., Any]
_PDF = "pdf"
_PRO_FORMA = "pro-forma"


class InvoiceShown(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice, what it says, and what it gathers while it is a draft."""

    invoice: Invoice
    document: InvoiceDocument | None = None
    total: int
    certificates: int


@click.group()
def invoice() -> None:
    """Invoice what partners ordered on account.

    MERCHANT is a slug or a number, PARTNER a name or an id; INVOICE is a number, a payment reference, or an id.
    """


def _line(one: Invoice) -> str:
    money = currency(one.currency)
    state = f"{one.state.value}{' (disputed)' if one.disputed_at else ''}"
    name = one.invoice_number or str(one.invoice_id)
    about = f"{one.grouping.value} {one.group_key}".strip()
    return (
        f"{name}  {one.kind.value}  {state}  {plain(one.total, money)} {one.currency}, {plain(one.open, money)} open"
        f"{f', due {one.due_on}' if one.due_on else ''}  {about}"
    )


def _draft_line(one: InvoiceDraft) -> str:
    money = currency(one.invoice.currency)
    about = f"{one.invoice.grouping.value} {one.invoice.group_key}".strip()
    return (
        f"{one.invoice.invoice_id}  draft  {len(one.items)} certificates, {plain(one.total, money)} "
        f"{one.invoice.currency}  {about}"
    )


def _draft_facts(found: Sequence[InvoiceDraft]) -> list[dict[str, object]]:
    return [{"invoice": one.invoice, "total": one.total, "certificates": len(one.items)} for one in found]


def _shown_lines(shown: InvoiceShown) -> str:
    lines = [_line(shown.invoice)]
    if shown.document is None:
        lines.append(f"would ask for {plain(shown.total, currency(shown.invoice.currency))}")
    else:
        lines += [
            f"{one.line_no}  {one.quantity} x {one.description}  {one.gross}  {one.refcode}".rstrip()
            for one in shown.document.lines
        ]
        lines += [f"tax {one.rate} %: {one.tax} of {one.gross}" for one in shown.document.taxes if one.rate]
    return "\n".join(lines)


@invoice.command("list")
@merchant_argument
@click.option("--partner", "name", help="Only of this partner.")
@printed(listed(_line, otherwise="Nothing is open."))
async def list_(deps: CommandDependencies, /, *, merchant: str, name: str | None) -> Sequence[Invoice]:
    """List the invoices of MERCHANT of which something is open, the first due first."""
    seller = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        partner_id = None
        if name is not None:
            partner_id = (await partners.find_partner(connection, seller.merchant_id, name)).partner_id
        return await invoices.open_invoices(connection, seller.merchant_id, partner_id)


@invoice.command()
@merchant_argument
@click.argument("partner")
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="Leave out what was booked after this day.")
@printed(listed(_draft_line, otherwise="Nothing is to be invoiced."), _draft_facts)
async def draft(
    deps: CommandDependencies, /, *, merchant: str, partner: str, through: datetime | None
) -> Sequence[InvoiceDraft]:
    """Gather what is not invoiced of PARTNER into drafts, as its agreement groups it, and print all drafts."""
    seller = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        one = await partners.find_partner(connection, seller.merchant_id, partner)
    day = through.date() if through else None
    return await invoicing.gather(deps, seller, one, through=day, actor=actor(), now=deps.clock.now())


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@printed(_shown_lines)
async def show(deps: CommandDependencies, /, *, merchant: str, name: str) -> InvoiceShown:
    """Show the invoice, credit note or draft INVOICE, and what it says."""
    seller = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        found = await invoices.find_invoice(connection, seller.merchant_id, name)
        document = await invoices.document_of(connection, seller.merchant_id, found.invoice_id)
        if document is not None:
            count = sum(line.quantity for line in document.lines)
            return InvoiceShown(invoice=found, document=document, total=found.total, certificates=count)
        gathered = await invoicing.draft_of(connection, found)
    return InvoiceShown(invoice=found, total=gathered.total, certificates=len(gathered.items))


@invoice.command("file")
@merchant_argument
@click.argument("name", metavar="INVOICE")
@click.option(
    "--form",
    type=click.Choice([_PDF, _PRO_FORMA, *(one.value for one in InvoiceFormat)]),
    default=InvoiceFormat.EN16931.value,
)
@click.option(
    "--paper",
    type=click.Choice([one.value for one in SheetSize]),
    help="Of a PDF; what is usual at the buyer's without it.",
)
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def file_(runtime: Runtime, /, *, merchant: str, name: str, form: str, paper: str | None, output: str) -> None:
    """Write the issued INVOICE as PDF (Factur-X), or for the buyer's program: CII, XRechnung, or UBL for Peppol.

    A draft can be written as a pro forma, which is no invoice: it has no number, and nothing is booked.
    """

    async def work(deps: CommandDependencies) -> bytes:
        seller, found = await found_invoice(deps, merchant, name)
        sheet = SheetSize(paper) if paper else None
        async with deps.database.connection() as connection:
            if form == _PRO_FORMA:
                draft = await invoices.find_invoice(connection, seller.merchant_id, str(found))
                shown = await invoicing.pro_forma_of(connection, seller, draft, now=deps.clock.now())
                return await invoicing.pro_forma_pdf(deps, shown, paper=sheet)
            document = await invoices.document_of(connection, seller.merchant_id, found)
        if document is None:
            raise invoices.InvoiceNotIssued
        if form == _PDF:
            return await invoicing.pdf_of(deps, document, paper=sheet)
        return deps.invoice_files.write(document, InvoiceFormat(form))

    content = runtime.run(work)
    with target_file(output) as target:
        target.write(content)


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@printed(_line)
async def issue(deps: CommandDependencies, /, *, merchant: str, name: str) -> Invoice:
    """Issue the draft INVOICE: it gets its number, and never changes again."""
    seller, found = await found_invoice(deps, merchant, name)
    return await invoicing.issue(deps, seller, found, by=operator(), now=deps.clock.now())


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@said(str)
async def discard(deps: CommandDependencies, /, *, merchant: str, name: str) -> str:
    """Forget the draft INVOICE: what it gathered is not invoiced."""
    seller, found = await found_invoice(deps, merchant, name)
    async with deps.database.connection() as connection:
        one = await invoices.find_invoice(connection, seller.merchant_id, found)
    await invoicing.discard(deps, seller, one, by=operator(), now=deps.clock.now())
    return "The draft is gone; what it gathered is not invoiced."


@invoice.command("write-off")
@merchant_argument
@click.argument("name", metavar="INVOICE")
@click.option("--reason", required=True, help="Why it is given up.")
@printed(_line)
async def write_off(deps: CommandDependencies, /, *, merchant: str, name: str, reason: str) -> Invoice:
    """Give up what is open of INVOICE: it goes to bad debts, and the tax in it is relieved."""
    seller, found = await found_invoice(deps, merchant, name)
    return await invoicing.write_off(deps, seller, found, reason=reason, by=operator(), now=deps.clock.now())


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@click.option("--reason", default="", help="What the partner says against it.")
@click.option("--settled", is_flag=True, help="The partner agrees again.")
@printed(_line)
async def dispute(deps: CommandDependencies, /, *, merchant: str, name: str, reason: str, settled: bool) -> Invoice:
    """Note that the partner disputes INVOICE, or no more. What is open stays open."""
    seller, found = await found_invoice(deps, merchant, name)
    by, now = operator(), deps.clock.now()
    return await invoicing.dispute(deps, seller, found, disputed=not settled, reason=reason, by=by, now=now)


def _texts(found: msgspec.Struct) -> str:
    """Return what a message says, name by name; what it does not say is left out."""
    return "\n".join(f"{name}  {value}" for name, value in msgspec.structs.asdict(found).items() if value)


def _options(kind: type[msgspec.Struct], leave_out: frozenset[str] = frozenset()) -> Callable[[Command], Command]:
    """Give a command an option for each text of a message."""

    def added(command: Command) -> Command:
        for name in reversed(kind.__struct_fields__):
            if name not in leave_out:
                command = click.option(f"--{name.replace('_', '-')}", name)(command)
        return command

    return added


@invoice.command()
@merchant_argument
@click.argument("partner")
@_options(invoices.BillingDetails)
@printed(_texts)
async def billing(
    deps: CommandDependencies, /, *, merchant: str, partner: str, **given: str | None
) -> invoices.BillingDetails:
    """Show, or change, what invoices to PARTNER say of it beside name and address; '' takes a part away."""
    seller = await merchant_of(deps, merchant)
    async with deps.transaction() as connection:
        one = await partners.find_partner(connection, seller.merchant_id, partner)
        known = await invoices.billing_of(connection, seller.merchant_id, one.partner_id)
        change = {name: value for name, value in given.items() if value is not None}
        if not change:
            return known
        wanted = msgspec.structs.replace(known, **change)
        return await invoicing.change_billing(connection, seller, one, wanted, by=_console(), now=deps.clock.now())


def _settings_lines(found: invoices.InvoiceSettings | dict[str, object]) -> str:
    return fields(found) if isinstance(found, dict) else _texts(found)


_NOT_TEXT = frozenset({"reminder_days", "issues_itself", "reminds_itself"})


@invoice.command()
@merchant_argument
@click.option("--entity", help="The legal entity; the default one without it.")
@_options(invoices.InvoiceSettings, _NOT_TEXT)
@click.option("--reminder-days", type=int, nargs=3, help="Days after the due day on which each reminder is sent.")
@click.option(
    "--issues-itself/--leaves-drafts", "issues_itself", default=None, help="What the worker does at a month's end."
)
@click.option("--reminds-itself/--leaves-reminding", "reminds_itself", default=None, help="Whether it sends reminders.")
@as_owner
@printed(_settings_lines)
async def settings(
    deps: CommandDependencies, /, *, merchant: str, entity: str | None, acting_for: str | None, **given: Any
) -> invoices.InvoiceSettings | dict[str, object]:
    """Show, or change, what invoices of MERCHANT say of it, how they are numbered, and what goes by itself.

    The account that they ask to be paid into is both owners', where there are two: with --as, it is changed alone, and
    waits for another owner.
    """
    seller = await merchant_of(deps, merchant)
    change = {name: value for name, value in given.items() if value is not None}
    account = change.keys() & set(INVOICE_ACCOUNT)
    by = await owner_acting(deps, seller, acting_for, Act.PAYMENT_ACCOUNTS if account else Act.INVOICES)
    if by.role is not None and account and len(account) < len(change):
        raise click.UsageError("With --as, change --iban, --bic and --account-holder by a command of their own.")
    async with deps.transaction() as connection:
        entity_id = await _entity_of(connection, seller, entity)
        known = await invoices.settings_of(connection, seller.merchant_id, entity_id)
        wanted = msgspec.structs.replace(known, **change)
        if not change:
            return known
        if by.role is None or not account:
            who, now = ByWhom(actor=by.actor), deps.clock.now()
            return await invoicing.change_settings(connection, seller, entity_id, change, by=who, now=now)
        one = await locations.find_entity(connection, seller.merchant_id, str(entity_id))
    asked = OwnerChange(act=OwnerAct.INVOICE_ACCOUNT, subject=str(entity_id), name=one.name, to=account_said(wanted))
    waits = await ask_other_owner(deps, seller, asked, by=by, reason=OwnerAct.INVOICE_ACCOUNT.value)
    if waits is not None:
        return waits
    async with deps.database.connection() as connection:
        return await invoices.settings_of(connection, seller.merchant_id, entity_id)


async def _entity_of(connection: Connection, seller: Merchant, name: str | None) -> UUID:
    if name is None:
        return (await locations.default_entity(connection, seller.merchant_id)).entity_id
    return (await locations.find_entity(connection, seller.merchant_id, name)).entity_id


def _console() -> ByWhom:
    return ByWhom(actor=actor())


async def found_invoice(deps: CommandDependencies, merchant: str, name: str) -> tuple[Merchant, UUID]:
    """Return a merchant, and the id of one of its invoices."""
    seller = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return seller, (await invoices.find_invoice(connection, seller.merchant_id, name)).invoice_id


def operator() -> Manager:
    """Return whoever sits at the console."""
    return Manager(actor=actor())
