"""`largesse receipt`: the receipt or invoice of what was bought in the shop, and what corrects it."""

import click

from largesse.domain.invoices import KeptDocument, Party
from largesse.domain.merchants import Merchant
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file
from largesse.interfaces.cli.runtime import Runtime, listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import invoices as invoicing

_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")


def _line(one: KeptDocument) -> str:
    document = one.document
    total = plain(document.total, currency(document.currency))
    corrects = f" corrects {document.corrects_number} ({document.reason})" if document.reason else ""
    return f"{document.number:<12} {document.issued_on} {total:>10} {document.currency}{corrects}"


@click.group()
def receipt() -> None:
    """Look at receipts and invoices of the shop, print them, and name a buyer on them.

    NAME is the number of one, such as SR-000001, or of an order.
    """


async def _named(deps: CommandDependencies, slug: str, name: str) -> tuple[Merchant, list[KeptDocument]]:
    merchant = await merchant_of(deps, slug)
    async with deps.database.connection() as connection:
        return merchant, await invoicing.documents_named(connection, merchant, name)


@receipt.command("list")
@_MERCHANT
@click.argument("name")
@printed(listed(_line, otherwise="There is none."))
async def list_(deps: CommandDependencies, /, slug: str, *, name: str) -> list[KeptDocument]:
    """List the document that NAME stands for; of an order, with what corrects it."""
    return (await _named(deps, slug, name))[1]


@receipt.command("file")
@_MERCHANT
@click.argument("name")
@click.option("--to", "output", required=True, help="The PDF to write; - is standard output.")
@click.pass_obj
def file_(runtime: Runtime, /, *, slug: str, name: str, output: str) -> None:
    """Write the document NAME as PDF, the same each time; of an order, the receipt or invoice itself."""

    async def work(deps: CommandDependencies) -> bytes:
        _, found = await _named(deps, slug, name)
        return await invoicing.sale_pdf(deps, found[0].document)

    content = runtime.run(work)
    with target_file(output) as target:
        target.write(content)


@receipt.command("address")
@_MERCHANT
@click.argument("name")
@click.option("--name", "called", required=True, help="The buyer, a person or a firm.")
@click.option("--address", required=True, help="Street and number.")
@click.option("--address2", default="", help="Suite or apartment.")
@click.option("--zip", "zip_", default="")
@click.option("--city", required=True)
@click.option("--state", default="")
@click.option("--country", required=True, help="Two letters, such as DE.")
@printed(_line)
async def address_(
    deps: CommandDependencies,
    /,
    slug: str,
    *,
    name: str,
    called: str,
    address: str,
    address2: str,
    zip_: str,
    city: str,
    state: str,
    country: str,
) -> KeptDocument:
    """Name the buyer on NAME, or somebody else. The document stays; another one corrects it."""
    merchant, found = await _named(deps, slug, name)
    buyer = Party(name=called, address=address, address2=address2, zip=zip_, city=city, state=state, country=country)
    async with deps.database.transaction() as connection:
        return await invoicing.readdress(connection, merchant, found[0], buyer, now=deps.clock.now())
