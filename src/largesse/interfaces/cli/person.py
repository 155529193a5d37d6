"""`largesse person`: what is kept of one person, and erasing it."""

import click
import msgspec

from largesse.domain.merchants import list_merchants
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, merchant_of
from largesse.services.privacy import ErasedPerson, NobodyKnown, erase_person

Found = dict[str, ErasedPerson]


@click.group()
def person() -> None:
    """Erase what is kept of a person who asks for it."""


@person.command()
@click.argument("email")
@click.option("--merchant", help="Only at this merchant, by slug or number; without it, at all.")
@click.option("--reason", required=True, help="Who asked for it and when, for the audit log; not the name.")
@click.option("--dry-run", is_flag=True, help="Only count what would be erased.")
@json_option
@click.pass_obj
def erase(runtime: Runtime, /, email: str, *, merchant: str | None, reason: str, dry_run: bool, machine: bool) -> None:
    """Erase the person of EMAIL: names, addresses, messages, drafts, and what was sent of them.

    The journal and the money of orders stay; certificates keep their value. What has reached other systems is theirs.
    """

    async def work(deps: CommandDependencies) -> Found:
        if merchant is not None:
            sellers = [await merchant_of(deps, merchant)]
        else:
            async with deps.database.connection() as connection:
                sellers = await list_merchants(connection)
        found: Found = {}
        for one in sellers:
            try:
                found[one.slug] = await erase_person(
                    deps, one, email, actor=actor(), reason=reason, dry_run=dry_run, now=deps.clock.now()
                )
            except NobodyKnown:
                continue
        if not found:
            raise NobodyKnown
        return found

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    for slug, counts in found.items():
        click.echo(f"{slug}{' (nothing was changed)' if dry_run else ''}\n{fields(msgspec.structs.asdict(counts))}")
