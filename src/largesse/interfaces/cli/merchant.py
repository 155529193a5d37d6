"""`largesse merchant`: who sells."""

import click
import msgspec

from largesse.domain.merchants import (
    REDEMPTIONS_PER_HOUR_MAX,
    UNDO_MINUTES_MAX,
    Asking,
    ExpiredGratuity,
    Merchant,
    MerchantChange,
    MerchantDraft,
    Reminding,
    find_merchant,
    list_merchants,
)
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, listed, merchant_of, printed
from largesse.kernel.conventions import English, SheetSize
from largesse.services.merchants import (
    allow_embedding,
    close_shop,
    edit_merchant,
    embed_origins_of,
    end_embedding,
    open_merchant,
    open_shop,
)

_asking = click.Choice([asking.value for asking in Asking])


def _facts_lines(one: Merchant) -> str:
    return fields(msgspec.structs.asdict(one))


def _line(one: Merchant) -> str:
    note = " (demonstration)" if one.is_demo else ""
    return f"{one.slug:<24} {one.number:<11} {one.prefix:<4} {one.currency} {one.name}{note}"


def _limit(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Read a limit of redemptions; '' is none, which a change says as 0."""
    if not text:
        return None if text is None else 0
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= REDEMPTIONS_PER_HOUR_MAX:
        return int(text)
    raise click.BadParameter(f"write 1 to {REDEMPTIONS_PER_HOUR_MAX}, or '' for no limit")


@click.group()
def merchant() -> None:
    """Create merchants, list them, change them."""


@merchant.command()
@click.argument("slug")
@click.option("--name", required=True, help="As customers read it.")
@click.option("--number", required=True, help="The client id that order posts carry, at most 11 characters.")
@click.option("--prefix", required=True, help="1 to 4 capital letters that its certificate numbers begin with.")
@click.option("--contact-email", required=True, help="Where notices go.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--time-zone", default="America/New_York", show_default=True, help="IANA name; its days end there.")
@printed(_facts_lines)
async def add(deps: CommandDependencies, /, **given: str) -> Merchant:
    """Create the merchant SLUG, the address of its page."""
    draft = msgspec.convert(given, MerchantDraft)
    async with deps.database.transaction() as connection:
        return await open_merchant(connection, draft, now=deps.clock.now())


@merchant.command("list")
@printed(listed(_line, otherwise="There is no merchant yet. Create the first with `largesse merchant add`."))
async def list_(deps: CommandDependencies, /) -> list[Merchant]:
    """List all merchants."""
    async with deps.database.connection() as connection:
        return await list_merchants(connection)


@merchant.command()
@click.argument("slug_or_number")
@printed(_facts_lines)
async def show(deps: CommandDependencies, /, slug_or_number: str) -> Merchant:
    """Show the merchant SLUG_OR_NUMBER."""
    return await merchant_of(deps, slug_or_number)


@merchant.command("set")
@click.argument("slug_or_number")
@click.option("--slug")
@click.option("--name")
@click.option("--time-zone", help="For what is issued from now on.")
@click.option("--contact-email")
@click.option("--ask-phone", type=_asking, help="Whether buyers are asked for their telephone.")
@click.option("--ask-address", type=_asking, help="Whether buyers are asked for their billing address.")
@click.option("--mail-from-name", help="The name that mails to customers come under; '' for the merchant's.")
@click.option("--reply-to", help="Where customers' answers go, and what pages show them; '' for the contact address.")
@click.option(
    "--redemptions-per-hour",
    metavar="N",
    callback=_limit,
    help=f"How often one certificate may be redeemed within an hour, 1 to {REDEMPTIONS_PER_HOUR_MAX}; '' for no limit.",
)
@click.option(
    "--expired-gratuity",
    type=click.Choice([one.value for one in ExpiredGratuity]),
    help="What becomes of gratuity that expires unspent: the merchant keeps it, or it is owed to the staff.",
)
@click.option(
    "--undo-minutes",
    type=click.IntRange(0, UNDO_MINUTES_MAX),
    help="For how long people at a counter undo by themselves what they did; later it takes a second person.",
)
@click.option(
    "--reminders",
    type=click.Choice([one.value for one in Reminding]),
    help="Whether holders are reminded of the last day, 30 and 7 days before it; usual: not in Germany and Austria.",
)
@click.option("--language", help="Of the merchant's own words, such as titles: en, de, es or fr.")
@click.option(
    "--english",
    type=click.Choice([one.value for one in English]),
    help="How days and hours are written in English; at first as is usual where its clock stands.",
)
@click.option(
    "--paper",
    type=click.Choice([one.value for one in SheetSize]),
    help="What the merchant and its customers print on; at first as is usual where its clock stands.",
)
@json_option
@click.pass_obj
def set_(runtime: Runtime, /, slug_or_number: str, *, machine: bool, **given: str | int | None) -> None:
    """Change the merchant SLUG_OR_NUMBER. Its number, prefix and currency never change."""
    change = msgspec.convert(given, MerchantChange)
    if all(value is None for value in given.values()):
        raise click.UsageError("Say what to change, such as --name.")

    async def work(deps: CommandDependencies) -> Merchant:
        async with deps.database.transaction() as connection:
            known = await find_merchant(connection, slug_or_number)
            return await edit_merchant(connection, known, change, by=ByWhom(actor=actor()), now=deps.clock.now())

    done = runtime.run(work)
    click.echo(as_json(done) if machine else _facts_lines(done))


@merchant.command()
@click.argument("slug_or_number")
@click.option("--reason", required=True, help="Why, for the audit log.")
@printed(_facts_lines)
async def close(deps: CommandDependencies, /, slug_or_number: str, *, reason: str) -> Merchant:
    """Sell nothing in the shop of SLUG_OR_NUMBER any more. What it sold stays good; counters and partners go on."""
    async with deps.database.transaction() as connection:
        known = await find_merchant(connection, slug_or_number)
        await close_shop(connection, known, by=ByWhom(actor=actor(), why=reason), now=deps.clock.now())
        return await find_merchant(connection, slug_or_number)


@merchant.command("open")
@click.argument("slug_or_number")
@click.option("--reason", required=True, help="Why, for the audit log.")
@printed(_facts_lines)
async def open_(deps: CommandDependencies, /, slug_or_number: str, *, reason: str) -> Merchant:
    """Sell in the shop of SLUG_OR_NUMBER again."""
    async with deps.database.transaction() as connection:
        known = await find_merchant(connection, slug_or_number)
        await open_shop(connection, known, by=ByWhom(actor=actor(), why=reason), now=deps.clock.now())
        return await find_merchant(connection, slug_or_number)


@merchant.group()
def embed() -> None:
    """Let other web sites show the gift form in a frame.

    ORIGIN is a scheme and a host, such as https://www.example.com.
    """


@embed.command("list")
@click.argument("slug_or_number")
@printed(listed(str, otherwise="No other web site may show the gift form."))
async def list_origins(deps: CommandDependencies, /, slug_or_number: str) -> list[str]:
    """List the web sites that may show the gift form of SLUG_OR_NUMBER."""
    known = await merchant_of(deps, slug_or_number)
    async with deps.database.connection() as connection:
        return list(await embed_origins_of(connection, known))


@embed.command("add")
@click.argument("slug_or_number")
@click.argument("origin")
@click.option("--reason", required=True, help="Why, for the audit log.")
@printed(str)
async def add_origin(deps: CommandDependencies, /, slug_or_number: str, origin: str, *, reason: str) -> str:
    """Let the web site ORIGIN show the gift form of SLUG_OR_NUMBER."""
    async with deps.database.transaction() as connection:
        known = await find_merchant(connection, slug_or_number)
        by = ByWhom(actor=actor(), why=reason)
        return await allow_embedding(connection, known, origin, by=by, now=deps.clock.now())


@embed.command("remove")
@click.argument("slug_or_number")
@click.argument("origin")
@click.option("--reason", required=True, help="Why, for the audit log.")
@printed(str)
async def remove_origin(deps: CommandDependencies, /, slug_or_number: str, origin: str, *, reason: str) -> str:
    """Let the web site ORIGIN show the gift form of SLUG_OR_NUMBER no more."""
    async with deps.database.transaction() as connection:
        known = await find_merchant(connection, slug_or_number)
        by = ByWhom(actor=actor(), why=reason)
        return await end_embedding(connection, known, origin, by=by, now=deps.clock.now())
