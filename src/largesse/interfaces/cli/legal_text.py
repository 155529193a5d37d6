"""`largesse legal-text`: imprint, privacy, terms, withdrawal and accessibility, as a merchant's pages show them."""

from pathlib import Path

import click

from largesse.domain.legal_texts import LegalKind, LegalText, LegalTextDraft
from largesse.domain.merchants import find_merchant
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, listed, merchant_of, printed
from largesse.services.merchants import legal_texts_of, write_legal_text

_kinds = click.Choice([kind.value for kind in LegalKind])


def _line(one: LegalText) -> str:
    what = one.link or (f"{len(one.text)} characters" if one.text else "taken away")
    return f"{one.kind.value:<14} {one.language:<3} version {one.version:<4} {what}"


@click.group("legal-text")
def legal_text() -> None:
    """Write what the law wants a merchant's pages to say: in its own words, or by a link. Not legal advice.

    MERCHANT is a slug or a number, KIND is imprint, privacy, terms, withdrawal or accessibility.
    """


@legal_text.command("list")
@merchant_argument
@printed(listed(_line, otherwise="There is no such text yet. Write the first with `largesse legal-text write`."))
async def list_(deps: CommandDependencies, /, merchant: str) -> list[LegalText]:
    """List the texts of MERCHANT, the newest version of each."""
    one = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return list((await legal_texts_of(connection, one)).all)


@legal_text.command()
@merchant_argument
@click.argument("kind", type=_kinds)
@click.option("--language", help="Of the text: en, de, es or fr; the merchant's own unless said otherwise.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The text, as UTF-8.")
@click.option("--link", help="Where the text stands, instead of the text itself. Mails then carry the link alone.")
@click.option("--none", "nothing", is_flag=True, help="Take the text away.")
@json_option
@click.pass_obj
def write(
    runtime: Runtime,
    /,
    merchant: str,
    kind: str,
    *,
    language: str | None,
    file: Path | None,
    link: str | None,
    nothing: bool,
    machine: bool,
) -> None:
    """Write a text of MERCHANT. Versions before are kept."""
    if sum((file is not None, link is not None, nothing)) != 1:
        raise click.UsageError("Name one of --file, --link and --none.")
    try:
        text = file.read_text(encoding="utf-8") if file else ""
    except UnicodeDecodeError as error:
        raise click.UsageError("Save the file as UTF-8.") from error

    async def work(deps: CommandDependencies) -> LegalText:
        async with deps.database.transaction() as connection:
            one = await find_merchant(connection, merchant)
            known, spoken = await legal_texts_of(connection, one), language or one.language
            draft = LegalTextDraft(
                kind=LegalKind(kind),
                language=spoken,
                text=text,
                link=link or "",
                seen=known.version_of(LegalKind(kind), spoken),
            )
            return await write_legal_text(connection, one, draft, by=ByWhom(actor=actor()), now=deps.clock.now())

    done = runtime.run(work)
    click.echo(as_json(done) if machine else _line(done))
