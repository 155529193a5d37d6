"""`largesse partner`: who orders on account, under which agreement, and with which keys."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

import click
import msgspec

from largesse.db import Connection
from largesse.domain import partners
from largesse.domain.merchants import Merchant, find_merchant, merchant_of_id
from largesse.domain.orders import RefcodeUse, refcodes_of_partner
from largesse.domain.partners import (
    Agreement,
    AgreementChange,
    AgreementPurpose,
    DiscountKind,
    Invoicing,
    Key,
    OtherRefcodes,
    Partner,
    PartnerChange,
    PartnerUser,
)
from largesse.interfaces.cli import catalog_facts as facts
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, listed, printed
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import FieldError
from largesse.kernel.money import plain
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.tax_asked import TaxAsked, read_country, tax_asked
from largesse.kernel.zones import region_of_zone
from largesse.services.partners import PartnerWanted, add_partner, law_warnings, set_state
from largesse.services.partners import change_partner as save_partner
from largesse.services.staff import Manager

Command = Callable[..., Any]
Terms = tuple[str, str, str]

_PPM_OF_PERCENT = 10_000
_NOW_ON = "It holds at once, for orders that are not decided yet."


def _each_once(_ctx: click.Context, _option: click.Parameter, terms: tuple[Terms, ...]) -> tuple[Terms, ...]:
    codes = [code.upper() for code, *_ in terms]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        message = f"{twice} stands here twice; give the terms of a currency once"
        raise click.BadParameter(message)
    return terms


_terms = click.option(
    "--terms",
    type=(str, str, str),
    multiple=True,
    callback=_each_once,
    metavar="CURRENCY MAXIMUM CREDIT",
    help="A currency with its largest order and its credit limit, such as `USD 500.00 10000.00`. Repeat it for others.",
)
name_argument = click.argument("name")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a partner; no secret is."""

    partner: Partner
    agreement: Agreement
    users: list[PartnerUser]
    keys: list[Key]
    refcodes_not_agreed: list[RefcodeUse]
    law_warnings: list[FieldError]


def _refcodes(_ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the refcodes that are named, without any where only '' is, and None where the option is not used."""
    return tuple(dict.fromkeys(refcode for refcode in given if refcode)) if given else None


def _agreement_options(command: Command) -> Command:
    for option in (
        click.option("--token-lifetime", "token_lifetime_s", type=int, help="Seconds that an access token lives."),
        click.option("--payment-terms", "payment_terms_days", type=int, help="Days until an invoice is due."),
        click.option(
            "--invoicing", type=click.Choice([one.value for one in Invoicing]), help="What an invoice gathers."
        ),
        click.option(
            "--refcode",
            "refcodes",
            multiple=True,
            callback=_refcodes,
            help="A refcode that is agreed; repeat it for others. They take the place of those before; '' names none.",
        ),
        click.option(
            "--other-refcodes",
            type=click.Choice([one.value for one in OtherRefcodes]),
            help="What becomes of orders under other refcodes: accepted and reported here, or refused.",
        ),
        click.option(
            "--tax-kind",
            type=click.Choice([kind.value for kind in TaxKind if kind is not TaxKind.SALES_TAX]),
            help="Whether the tax on its certificates is included, due when they are used, or not known.",
        ),
        click.option("--tax", "tax", help="The rate that is included, in per cent, such as 19."),
        click.option("--tax-country", help="Whose tax it is, such as DE, or none. Usually the merchant's own."),
        click.option(
            "--discount",
            "discount_ppm",
            help="What the partner is let off, or earns, in per cent, such as 7.5.",
        ),
        click.option(
            "--discount-kind",
            type=click.Choice([one.value for one in DiscountKind]),
            help="Whether it lowers what is owed, or is a commission on certificates billed at face.",
        ),
        click.option("--po-number", help="The purchase order printed on its invoices; '' for none."),
        click.option(
            "--purpose",
            type=click.Choice([one.value for one in AgreementPurpose]),
            help="Why its certificates may be good for less than the law asks for.",
        ),
        click.option(
            "--numbers-as-file/--no-numbers-as-file",
            default=None,
            help="Whether people of the portal may download numbers, once and encrypted.",
        ),
        click.option(
            "--own-keys/--no-own-keys", default=None, help="Whether approvers of the portal make keys of the API."
        ),
    ):
        command = option(command)
    return command


def _change_of(given: dict[str, Any], *, before: TaxTreatment, seller: Merchant) -> AgreementChange:
    """Return the change of an agreement that options ask for, and its tax where one of them speaks of it."""
    told = {name: given.pop(name) for name in ("tax_kind", "tax", "tax_country")}
    if given["discount_ppm"] is not None:
        given["discount_ppm"] = int(facts.percent(given["discount_ppm"]) * _PPM_OF_PERCENT)
    change = msgspec.convert(given, AgreementChange)
    if all(value is None for value in told.values()):
        return change
    kind = before.kind if told["tax_kind"] is None else TaxKind(told["tax_kind"])
    asked = TaxAsked(
        kind=kind,
        country=None if told["tax_country"] is None else read_country(told["tax_country"]),
        rate=None if told["tax"] is None else facts.percent(told["tax"]) / 100,
    )
    tax = tax_asked(asked, before=before, home=region_of_zone(seller.time_zone))
    return msgspec.structs.replace(change, tax=tax)


def _detail_options(command: Command) -> Command:
    for name, about in reversed(
        (
            ("name", "Another name."),
            ("contact-email", "Where invoices and notices go, and what receivers are told."),
            ("phone", "With country code, or as dialled where the merchant is; '' for none."),
            ("address", "Street and number."),
            ("address2", "Suite or floor."),
            ("city", "City."),
            ("state", "State, province or region."),
            ("zip", "Postal code."),
            ("country", "Its two letters, such as US."),
        )
    ):
        command = click.option(f"--{name}", f"new_{name.replace('-', '_')}", help=about)(command)
    return command


def _shown_lines(shown: Shown) -> str:
    agreement = msgspec.to_builtins(shown.agreement)
    hidden = ("merchant_id", "partner_id", "terms", "refcodes", "tax")
    known = {name: value for name, value in agreement.items() if name not in hidden}
    known["tax_kind"] = shown.agreement.tax.kind.value
    if shown.agreement.tax.country:
        known["tax_country"] = shown.agreement.tax.country
    if shown.agreement.tax.rate:
        known["tax"] = f"{(100 * shown.agreement.tax.rate).normalize():f} %"
    parts = [fields({**msgspec.structs.asdict(shown.partner), **known})]
    parts.append(f"refcodes {', '.join(shown.agreement.refcodes) or 'any'}")
    for use in shown.refcodes_not_agreed:
        total = plain(use.total, currency_of(use.currency))
        parts.append(f"refcode {use.refcode} was not agreed: {use.orders} orders, {total} {use.currency}")
    for code, terms in shown.agreement.terms.items():
        money = currency_of(code)
        limits = f"orders up to {plain(terms.amount_max, money)}, credit {plain(terms.credit_limit, money)}"
        parts.append(f"terms {code}: {limits}, of which used {plain(terms.credit_used, money)}")
    parts += [f"user {user.email}{' (disabled)' if user.disabled_at else ''}" for user in shown.users]
    for key in shown.keys:
        parts.append(f"key …{key.hint} of {key.created_at:%Y-%m-%d}{' (revoked)' if key.revoked_at else ''}")
    parts += [f"warning {one.field}: {one.message} ({one.code})" for one in shown.law_warnings]
    return "\n".join(parts)


def _line(one: Partner) -> str:
    return f"{one.partner_id}  {one.name} <{one.contact_email}>"


@click.group()
def partner() -> None:
    """Create partners, their agreements, users and API keys.

    MERCHANT is a slug or a number; NAME is a partner's name, in any case, or its id.
    """


@partner.command()
@merchant_argument
@name_argument
@click.option("--contact-email", required=True, help="Where invoices and notices go.")
@_terms
@_agreement_options
@printed(_shown_lines)
async def add(
    deps: CommandDependencies, /, merchant: str, name: str, contact_email: str, terms: tuple[Terms, ...], **given: Any
) -> Shown:
    """Create the partner NAME of MERCHANT with its agreement."""
    now = deps.clock.now()
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        change = _change_of(given, before=UNTAXED, seller=seller)
        wanted = PartnerWanted(
            details=PartnerChange(name=name, contact_email=contact_email), agreement=change, terms=_terms_of(terms)
        )
        created = await add_partner(connection, seller, wanted, by=Manager(actor=actor()), now=now)
        return await _shown(connection, created, now=now)


@partner.command("list")
@merchant_argument
@printed(listed(_line, otherwise="There is no partner yet. Create the first with `largesse partner add`."))
async def list_(deps: CommandDependencies, /, merchant: str) -> list[Partner]:
    """List the partners of MERCHANT."""
    async with deps.database.connection() as connection:
        return await partners.list_partners(connection, (await find_merchant(connection, merchant)).merchant_id)


@partner.command()
@merchant_argument
@name_argument
@printed(_shown_lines)
async def show(deps: CommandDependencies, /, merchant: str, name: str) -> Shown:
    """Show the partner NAME: agreement, credit, users and keys."""
    async with deps.database.connection() as connection:
        return await _shown(connection, await find(connection, merchant, name), now=deps.clock.now())


@partner.command("set")
@merchant_argument
@name_argument
@_terms
@click.option("--remove-currency", multiple=True, metavar="CURRENCY", help="Take a currency out of the agreement.")
@_agreement_options
@_detail_options
@json_option
@click.pass_obj
def set_(
    runtime: Runtime,
    /,
    merchant: str,
    name: str,
    terms: tuple[Terms, ...],
    remove_currency: tuple[str, ...],
    *,
    machine: bool,
    **given: Any,
) -> None:
    """Change the partner NAME, who is the buyer in order posts and exports, and its agreement."""
    details = PartnerChange(**{name: given.pop(f"new_{name}") for name in PartnerChange.__struct_fields__})
    told = any(value is not None for value in msgspec.structs.astuple(details))
    if not (terms or remove_currency or told or any(value is not None for value in given.values())):
        raise click.UsageError("Say what to change, such as --terms.")

    async def work(connection: Connection, one: Partner, now: datetime) -> None:
        seller = await find_merchant(connection, merchant)
        agreed = await partners.agreement_of(connection, one.merchant_id, one.partner_id)
        change = _change_of(given, before=agreed.tax, seller=seller)
        wanted = PartnerWanted(details=details, agreement=change, terms=_terms_of(terms), removed=remove_currency)
        await save_partner(connection, seller, one, wanted, by=Manager(actor=actor()), now=now)

    shown = runtime.run(partial(_changed, merchant=merchant, name=name, work=work))
    click.echo(as_json(shown) if machine else _shown_lines(shown))


async def _change_agreement(connection: Connection, one: Partner, now: datetime, *, change: AgreementChange) -> None:
    seller = await merchant_of_id(connection, one.merchant_id)
    await set_state(connection, seller, one, change, by=Manager(actor=actor()), reason=None, now=now)


def _state_command(name: str, change: AgreementChange, sentence: str) -> None:
    @partner.command(name, help=f"{sentence} {_NOW_ON}")
    @merchant_argument
    @name_argument
    @printed(_shown_lines)
    async def command(deps: CommandDependencies, /, merchant: str, name: str) -> Shown:
        return await _changed(deps, merchant, name, partial(_change_agreement, change=change))


_state_command("enable", AgreementChange(enabled=True), "Put the agreement of the partner NAME in force.")
_state_command("disable", AgreementChange(enabled=False), "End the agreement of the partner NAME.")
_state_command("suspend", AgreementChange(suspended=True), "Take no orders of the partner NAME for a while.")
_state_command("resume", AgreementChange(suspended=False), "Take orders of the partner NAME again.")


async def _changed(
    deps: CommandDependencies,
    merchant: str,
    name: str,
    work: Callable[[Connection, Partner, datetime], Awaitable[None]],
) -> Shown:
    now = deps.clock.now()
    async with deps.database.transaction() as connection:
        one = await find(connection, merchant, name)
        await work(connection, one, now)
        return await _shown(connection, await find(connection, merchant, str(one.partner_id)), now=now)


async def find(connection: Connection, merchant: str, name: str) -> Partner:
    """Return the partner of a name or an id.

    Raises:
        MerchantUnknown, PartnerUnknown: there is none.
    """
    seller = await find_merchant(connection, merchant)
    return await partners.find_partner(connection, seller.merchant_id, name)


def _terms_of(terms: tuple[Terms, ...]) -> dict[str, partners.Terms]:
    return {code: partners.read_terms(code, amount_max, credit_limit) for code, amount_max, credit_limit in terms}


async def _shown(connection: Connection, one: Partner, *, now: datetime) -> Shown:
    ref = one.merchant_id, one.partner_id
    agreement = await partners.agreement_of(connection, *ref)
    used = await refcodes_of_partner(connection, *ref, also=agreement.refcodes) if agreement.refcodes else []
    seller = await merchant_of_id(connection, one.merchant_id)
    return Shown(
        partner=one,
        agreement=agreement,
        refcodes_not_agreed=used,
        users=await partners.users(connection, ref),
        keys=await partners.keys(connection, ref),
        law_warnings=await law_warnings(connection, seller, agreement, now=now),
    )
