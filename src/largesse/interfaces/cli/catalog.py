"""`largesse catalog`: what is on sale. Offerings here; `catalog_pages` and `catalog_drafts` hang the rest under it."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from largesse.db import Connection
from largesse.domain import catalog as catalogue
from largesse.domain.catalog import BonusRule, Design, Offering, OfferingDraft, OfferingKind, OfferingStatus
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli import catalog_facts as facts
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import (
    Runtime,
    actor,
    json_option,
    listed,
    merchant_of,
    merchant_option,
    printed,
)
from largesse.kernel.errors import FieldError
from largesse.kernel.tax import TaxKind
from largesse.kernel.tax_asked import TaxAsked, read_country, tax_asked
from largesse.kernel.zones import region_of_zone
from largesse.services.catalog import Loaded, SavedOffering, load_catalogue, set_status
from largesse.services.catalog import add_offering as save_new
from largesse.services.catalog import change_offering as save_changed

Command = TypeVar("Command", bound=Callable[..., Any])

# Options whose text is taken as it is.
_PLAIN = ("title", "description", "gift_description", "terms", "sort")
_DETAILS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--title", {"help": "As buyers read it, at most 80 characters."}),
    ("--description", {"help": "What it is, at most 2,000 characters."}),
    ("--gift-description", {"help": "What receivers and exports call it, in every language; empty for the usual."}),
    ("--terms", {"help": "What is printed on the certificate, at most 600 characters."}),
    ("--price", {"help": "What a package costs."}),
    ("--presets", {"help": "Amounts to choose from: 50,100,150; or none."}),
    ("--free-amount", {"help": "Limits of a free amount: 10..1000; or none."}),
    ("--tax", {"help": "Tax in per cent, such as 8.25. Without a kind, it is sales tax."}),
    (
        "--tax-kind",
        {
            "type": click.Choice([kind.value for kind in TaxKind]),
            "help": "Whether tax is added, included, or due at redemption.",
        },
    ),
    ("--tax-country", {"help": "Whose tax it is, such as DE; none for several. Usually the merchant's own."}),
    ("--redemption-rates", {"help": "Rates in per cent that multi_purpose may be redeemed at: 7,19; or none."}),
    ("--gratuity", {"help": "Gratuity in per cent of the amount to choose from: 15,18,20; or none."}),
    ("--gratuity-max", {"help": "The largest gratuity that may be typed; or none."}),
    ("--validity", {"help": "How long it is good from the day of issue: 12m, 90d or forever."}),
    ("--from", {"help": "On sale from this day or moment; or none."}),
    ("--until", {"help": "On sale through this day, or until this moment; or none."}),
    ("--stock", {"help": "How many may be sold; or none."}),
    ("--sort", {"type": int, "help": "Its place among the others; the smallest comes first."}),
    ("--designs", {"help": f"Designs that fit it, the best first: {','.join(Design)}; or none for all."}),
    ("--picture", {"help": "The id that `catalog picture add` printed; or none."}),
    (
        "--bonus",
        {"type": (str, str, str), "metavar": "FROM GIFT VALIDITY", "help": "Such as `100 20 3m` or `100 10% 3m`."},
    ),
    ("--bonus-description", {"help": "What receivers and exports call the bonus; empty for the usual, promotional."}),
    ("--no-bonus", {"is_flag": True, "default": None, "help": "No bonus any more."}),
)


def detail_options(command: Command) -> Command:
    """Give a command an option for each detail of an offering; `changed` reads them."""
    for name, how in reversed(_DETAILS):
        command = click.option(name, **how)(command)
    return command


Sold = tuple[Merchant, Offering]
Saved = tuple[Merchant, SavedOffering]


def _facts_lines(sold: Sold) -> str:
    seller, one = sold
    return fields(facts.offering_facts(one, seller.zone))


def _offering_alone(sold: Sold) -> Offering:
    return sold[1]


_offering = printed(_facts_lines, _offering_alone)


@click.group()
def catalog() -> None:
    """Put offerings on sale, with pictures, promo codes and a theme."""


@catalog.group()
def offering() -> None:
    """Add offerings, change them, hide them."""


@offering.command("add")
@click.argument("slug")
@merchant_option
@click.option("--kind", type=click.Choice([kind.value for kind in OfferingKind]), required=True)
@detail_options
@json_option
@click.pass_obj
def add_offering(runtime: Runtime, /, slug: str, merchant: str, kind: str, *, machine: bool, **given: Any) -> None:
    """Put SLUG on sale."""

    async def work(deps: CommandDependencies) -> Saved:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            draft = changed(OfferingDraft(slug=slug, kind=OfferingKind(kind), title=""), given, seller)
            return seller, await save_new(connection, seller, draft, actor=actor(), now=deps.clock.now())

    _saved(runtime.run(work), machine=machine)


@offering.command("set")
@click.argument("slug")
@merchant_option
@click.option("--slug", "new_slug", help="Another address.")
@detail_options
@json_option
@click.pass_obj
def set_offering(
    runtime: Runtime, /, slug: str, merchant: str, new_slug: str | None, *, machine: bool, **given: Any
) -> None:
    """Change SLUG, for what is bought from now on."""
    if new_slug is None and all(value is None for value in given.values()):
        raise click.UsageError("Say what to change, such as --title.")

    async def work(deps: CommandDependencies) -> Saved:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            change = partial(_as_given, given=given, seller=seller, slug=new_slug)
            return seller, await save_changed(connection, seller, slug, change, actor=actor(), now=deps.clock.now())

    _saved(runtime.run(work), machine=machine)


def _as_given(draft: OfferingDraft, *, given: dict[str, Any], seller: Merchant, slug: str | None) -> OfferingDraft:
    return changed(msgspec.structs.replace(draft, slug=slug or draft.slug), given, seller)


@offering.command("list")
@merchant_option
@printed(
    listed(
        facts.offering_line,
        otherwise="Nothing is on sale yet. Begin with `largesse catalog offering add`, or `largesse catalog load`.",
    )
)
async def list_offerings(deps: CommandDependencies, /, merchant: str) -> list[Offering]:
    """List all offerings in the order in which they are shown."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return await catalogue.list_offerings(connection, seller.merchant_id)


@offering.command("show")
@click.argument("slug")
@merchant_option
@_offering
async def show_offering(deps: CommandDependencies, /, slug: str, merchant: str) -> Sold:
    """Show all there is to know of SLUG."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return seller, await catalogue.find_offering(connection, seller.merchant_id, slug)


async def _set_status(
    deps: CommandDependencies, connection: Connection, *, merchant: str, slug: str, status: OfferingStatus
) -> Saved:
    seller = await find_merchant(connection, merchant)
    return seller, await set_status(connection, seller, slug, status, actor=actor(), now=deps.clock.now())


def _status_command(name: str, status: OfferingStatus, sentence: str) -> None:
    @offering.command(name, help=sentence)
    @click.argument("slug")
    @merchant_option
    @json_option
    @click.pass_obj
    def command(runtime: Runtime, /, slug: str, merchant: str, *, machine: bool) -> None:
        work = partial(_set_status, merchant=merchant, slug=slug, status=status)
        _saved(runtime.run_in_transaction(work), machine=machine)


_status_command("hide", OfferingStatus.HIDDEN, "Take SLUG off the page; what was sold of it stays good.")
_status_command("unhide", OfferingStatus.ACTIVE, "Show SLUG on the page again.")


@catalog.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@merchant_option
@json_option
@click.pass_obj
def load(runtime: Runtime, /, file: Path, merchant: str, *, machine: bool) -> None:
    """Bring the catalogue to what the seed FILE says; pictures are found beside it.

    What FILE does not name is left alone. The format is described in docs/howto/catalogue.md.
    """
    content = file.read_bytes()

    async def work(deps: CommandDependencies) -> Loaded:
        seller = await merchant_of(deps, merchant)
        return await load_catalogue(deps, seller, content, read_file=beside(file), now=deps.clock.now())

    loaded = runtime.run(work)
    _warn(loaded.warnings)
    said = f"{loaded.added} added, {loaded.changed} changed, {loaded.unchanged} unchanged."
    click.echo(as_json(loaded) if machine else said)


def beside(file: Path) -> Callable[[str], bytes | None]:
    """Return how to read the files that stand in the folder of `file`, or below it, and no others."""
    folder = file.resolve().parent

    def read(name: str) -> bytes | None:
        path = (folder / name).resolve()
        return path.read_bytes() if path.is_relative_to(folder) and path.is_file() else None

    return read


def changed(draft: OfferingDraft, given: dict[str, Any], seller: Merchant) -> OfferingDraft:
    """Return `draft` with what the options say; options that were not given leave it as it is."""
    told = {name: value for name, value in given.items() if value is not None}
    values: dict[str, Any] = {name: told[name] for name in _PLAIN if name in told}
    money = seller.money
    readers: dict[str, Callable[[str], dict[str, Any]]] = {
        "price": lambda text: {"price": facts.amount(text, money)},
        "presets": lambda text: {"presets": facts.amounts(text, money)},
        "free_amount": lambda text: dict(zip(("amount_min", "amount_max"), facts.limits(text, money), strict=True)),
        "redemption_rates": lambda text: {"redemption_rates": _rates(text)},
        "validity": lambda text: {"validity": facts.validity(text)},
        "from": lambda text: {"available_from": facts.moment(text, seller.zone)},
        "until": lambda text: {"available_until": facts.moment(text, seller.zone, closing=True)},
        "stock": lambda text: {"stock": None if text == facts.NOTHING else _whole(text)},
        "designs": lambda text: {"designs": _designs(text)},
        "picture": lambda text: {"picture_id": None if text == facts.NOTHING else click.UUID.convert(text, None, None)},
        "no_bonus": lambda _: {"bonus": None},
    }
    for name, read in readers.items():
        if name in told:
            values |= read(told[name])
    if "bonus" in told:
        before = draft.bonus.gift_description if draft.bonus else ""
        values["bonus"] = _described(_bonus(told["bonus"], seller), before)
    if "bonus_description" in told:
        values["bonus"] = _described(values.get("bonus", draft.bonus), told["bonus_description"])
    if told.keys() & {"tax", "tax_kind", "tax_country"}:
        values |= _tax(draft, told, seller)
    gratuity = draft.gratuity
    if "gratuity" in told:
        gratuity = msgspec.structs.replace(gratuity, percents=facts.percents(told["gratuity"]))
    if "gratuity_max" in told:
        gratuity = msgspec.structs.replace(gratuity, tip_max=facts.amount(told["gratuity_max"], money))
    return msgspec.structs.replace(draft, gratuity=gratuity, **values)


def _described(bonus: BonusRule | None, description: str) -> BonusRule:
    if bonus is None:
        raise click.UsageError("There is no bonus to describe; give one with --bonus.")
    return msgspec.structs.replace(bonus, gift_description=description)


def _bonus(given: tuple[str, str, str], seller: Merchant) -> BonusRule:
    threshold, gift, good_for = given
    least = facts.amount(threshold, seller.money) or 0
    validity = facts.validity(good_for)
    if gift.endswith("%"):
        return BonusRule(threshold=least, percent=facts.percent(gift), validity=validity)
    return BonusRule(threshold=least, amount=facts.amount(gift, seller.money), validity=validity)


def _tax(draft: OfferingDraft, told: dict[str, Any], seller: Merchant) -> dict[str, Any]:
    """Return the tax as the options say; rates of redeeming go with the kind that has them."""
    asked = TaxAsked(
        kind=TaxKind(told["tax_kind"]) if "tax_kind" in told else None,
        country=read_country(told["tax_country"]) if "tax_country" in told else None,
        rate=facts.percent(told["tax"]) / 100 if "tax" in told else None,
    )
    tax = tax_asked(asked, before=draft.tax, home=region_of_zone(seller.time_zone))
    keeps = tax.kind is TaxKind.MULTI_PURPOSE or "redemption_rates" in told
    return {"tax": tax} if keeps else {"tax": tax, "redemption_rates": ()}


def _rates(text: str) -> tuple[Decimal, ...]:
    return tuple(rate / 100 for rate in facts.percents(text))


def _designs(text: str) -> tuple[Design, ...]:
    if text == facts.NOTHING:
        return ()
    known = {design.value: design for design in Design}
    names = [part.strip() for part in text.split(",")]
    if unknown := [name for name in names if name not in known]:
        message = f"There is no design {unknown[0]!r}. There are: {', '.join(known)}."
        raise click.UsageError(message)
    return tuple(known[name] for name in names)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise click.UsageError("Write the stock as a whole number, or none.")
    return int(text)


def _saved(saved: Saved, *, machine: bool) -> None:
    seller, one = saved
    click.echo(as_json(one.offering) if machine else _facts_lines((seller, one.offering)))
    _warn(one.warnings)


def _warn(warnings: Iterable[FieldError]) -> None:
    for warning in warnings:
        click.echo(f"Warning: {warning.field}: {warning.message} ({warning.code})", err=True)
