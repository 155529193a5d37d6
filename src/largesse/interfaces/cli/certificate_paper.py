"""`largesse certificate pdf`: the sheet of a certificate, whose number whoever makes it sees."""

from typing import BinaryIO

import click

from largesse.domain.catalog import Paper
from largesse.interfaces.cli.arguments import CertificateTarget, certificate_argument
from largesse.interfaces.cli.certificate_move import certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import target_file, write_into
from largesse.interfaces.cli.runtime import Runtime, actor
from largesse.services.certificates import reveal
from largesse.services.gifts import GiftTakenBack, sheet_of, standing_of, typeset

__all__ = ["certificate"]


@certificate.command("pdf")
@certificate_argument
@click.option("--paper", type=click.Choice([one.value for one in Paper]), help="Else what the merchant prints on.")
@click.option("--reason", required=True, help="Why you need it, for the audit log: its number stands on it.")
@click.option("-o", "--output", required=True, help="The PDF to write; - is standard output. It is worth money.")
@click.pass_obj
def pdf(runtime: Runtime, /, *, paper: str | None, reason: str, output: str, target: CertificateTarget) -> None:
    """Write the sheet of a certificate as PDF. The audit log names who made it, as who saw its number."""

    async def work(deps: CommandDependencies, file: BinaryIO) -> None:
        now = deps.clock.now()
        found = await target.located(deps)
        place, merchant = found.place, found.merchant
        async with deps.database.connection() as connection:
            standing = await standing_of(connection, deps, place.merchant_id, place.certificate_id)
            if not standing.can_be_given(now):
                raise GiftTakenBack
        await reveal(deps, place, actor=actor(), reason=reason, now=now)
        async with deps.database.connection() as connection:
            sheet = await sheet_of(connection, deps, merchant, standing)
        write_into(file, await typeset(deps, sheet, Paper(paper) if paper else None))

    with target_file(output) as file:
        runtime.run(lambda deps: work(deps, file))
