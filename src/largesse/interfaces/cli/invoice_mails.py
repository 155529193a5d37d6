"""`largesse invoice`, continued: mail an invoice again, and remind of one that is overdue."""

from uuid import UUID

import click

from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.invoice import found_invoice, invoice, operator
from largesse.interfaces.cli.runtime import said
from largesse.services import invoices as invoicing

__all__ = ["invoice"]

operation_option = click.option(
    "--operation-id", type=click.UUID, help="Repeat under the same one to have it done once."
)


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@click.option("--address", default="", help="Where to; where the partner wants its invoices without it.")
@click.option("--reason", required=True, help="Why it is sent again.")
@operation_option
@said(str)
async def send(
    deps: CommandDependencies, /, *, merchant: str, name: str, address: str, reason: str, operation_id: UUID | None
) -> str:
    """Mail the issued INVOICE once more, with its PDF and the file for programs."""
    seller, found = await found_invoice(deps, merchant, name)
    await invoicing.send_again(
        deps,
        seller,
        found,
        address=address,
        reason=reason,
        operation_id=operation_id,
        by=operator(),
        now=deps.clock.now(),
    )
    return "It is on its way."


@invoice.command()
@merchant_argument
@click.argument("name", metavar="INVOICE")
@operation_option
@said(str)
async def remind(deps: CommandDependencies, /, *, merchant: str, name: str, operation_id: UUID | None) -> str:
    """Send the next of three reminders of INVOICE, which is overdue and not disputed."""
    seller, found = await found_invoice(deps, merchant, name)
    now = deps.clock.now()
    stage = await invoicing.remind(deps, seller, found, operation_id=operation_id, by=operator(), now=now)
    return f"Reminder {stage} is on its way."
