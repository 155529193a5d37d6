"""`largesse law`: what the law of a place says of certificates, and which a merchant goes by. Not legal advice."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import click

from largesse.domain import catalog, partners
from largesse.domain.law import (
    TOPICS,
    HeldRule,
    LawChoice,
    LawProfile,
    MerchantLaw,
    WhenUnknown,
    find_profile,
    holding,
    law_of,
    profiles,
    rule_words,
)
from largesse.domain.merchants import find_merchant
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import actor, json_option, merchant_of, printed
from largesse.kernel.clock import SystemClock
from largesse.kernel.errors import FieldError
from largesse.services.catalog import law_warnings as offering_warnings
from largesse.services.certificates import Unclaimed, unclaimed
from largesse.services.merchants import choose_law
from largesse.services.partners import law_warnings as agreement_warnings

NOT_ADVICE = "Not legal advice: facts from public sources. Unknown is not none."

_day = click.DateTime(["%Y-%m-%d"])


@click.group()
def law() -> None:
    """Show the law of gift certificates by country and state, and choose a merchant's. Not legal advice."""


@law.command("list")
@json_option
def list_(*, machine: bool) -> None:
    """List the profiles of law."""
    known = profiles()
    if machine:
        click.echo(as_json([{"code": one.code, "name": one.name, "inherits": one.inherits} for one in known.values()]))
        return
    for one in known.values():
        click.echo(f"{one.code:<6} {one.name}")
    click.echo(f"\n{NOT_ADVICE}")


@law.command()
@click.argument("code")
@click.option("--issued", type=_day, help="The day of issue that is meant; today unless said otherwise.")
@click.option("--on", "asked", type=_day, help="The day of asking that is meant; today unless said otherwise.")
@click.option("--all", "everything", is_flag=True, help="Every rule of its own, whatever the day.")
@json_option
def show(code: str, *, issued: datetime | None, asked: datetime | None, everything: bool, machine: bool) -> None:
    """Show what the profile CODE says, such as US-CA or DE: each rule with its source and how sure it is."""
    profile = find_profile(code)
    today = asked.date() if asked else SystemClock().now().date()
    issued_on = issued.date() if issued else today
    found = {topic: _rules(profile, topic, issued_on, today, everything=everything) for topic in TOPICS}
    if machine:
        click.echo(as_json({"code": profile.code, "name": profile.name, "note": profile.note, "topics": found}))
        return
    click.echo(f"{profile.code}  {profile.name}")
    if profile.note:
        click.echo(profile.note)
    for topic, rules in found.items():
        for line in _lines(topic, rules, profile):
            click.echo(line)
    click.echo(f"\n{NOT_ADVICE}")


def _rules(profile: LawProfile, topic: str, issued_on: date, today: date, *, everything: bool) -> tuple[HeldRule, ...]:
    if everything:
        return tuple(HeldRule(profile=profile.code, rule=rule) for rule in profile.rules(topic))
    return holding(profile, topic, issued_on=issued_on, today=today)


def _lines(topic: str, rules: tuple[HeldRule, ...], profile: LawProfile) -> Iterator[str]:
    name = topic.replace("_", " ")
    for held in rules:
        rule = held.rule
        origin = "" if held.profile == profile.code else f"{held.profile}: "
        sure = "" if rule.sure is None or not rule.is_known else f", sure: {rule.sure}"
        yield f"\n{name:<14} {origin}{rule_words(rule)}"
        if rule.note:
            yield f"{'':<14} {rule.note}"
        yield f"{'':<14} [{rule.source}{sure}]"
    if not rules:
        yield f"\n{name:<14} unknown"


def _choice_lines(found: MerchantLaw | None) -> str:
    if found is None:
        return "No law profile is chosen: nothing is warned of, and expiry is booked as soon as it comes."
    known = {"code": found.choice.code, "name": found.profile.name, "refuses": found.choice.refuses}
    waits = found.choice.when_unknown is WhenUnknown.WAIT
    return f"{fields(known | {'breakage_waits_where_unknown': waits})}\n\n{NOT_ADVICE}"


def _choice_facts(found: MerchantLaw | None) -> LawChoice | None:
    return found.choice if found else None


@law.command("set")
@merchant_argument
@click.argument("code")
@click.option("--refuse/--warn", "refuses", default=False, help="Refuse what breaks a rule, or only warn, as usually.")
@click.option(
    "--when-unknown",
    type=click.Choice([one.value for one in WhenUnknown]),
    default=WhenUnknown.WAIT.value,
    show_default=True,
    help="What becomes of breakage where the rule is unknown: it waits, or is booked at expiry.",
)
@printed(_choice_lines, _choice_facts)
async def set_(
    deps: CommandDependencies, /, merchant: str, code: str, *, refuses: bool, when_unknown: str
) -> MerchantLaw | None:
    """Let MERCHANT go by the law profile CODE, or by none."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        return await choose_law(
            connection,
            seller,
            None if code.lower() == "none" else code,
            refuses=refuses,
            when_unknown=WhenUnknown(when_unknown),
            actor=actor(),
            now=deps.clock.now(),
        )


@law.command()
@merchant_argument
@printed(_choice_lines, _choice_facts)
async def chosen(deps: CommandDependencies, /, merchant: str) -> MerchantLaw | None:
    """Show which law profile MERCHANT goes by."""
    async with deps.database.connection() as connection:
        return await law_of(connection, (await find_merchant(connection, merchant)).merchant_id)


def _check_lines(found: Sequence[FieldError]) -> str:
    lines = [f"{one.field}: {one.message} ({one.code})" for one in found]
    return "\n".join([*(lines or ["Nothing is against the law profile, or none is chosen."]), "", NOT_ADVICE])


@law.command()
@merchant_argument
@printed(_check_lines)
async def check(deps: CommandDependencies, /, merchant: str) -> Sequence[FieldError]:
    """Show what the law profile of MERCHANT says against all that is on sale, and against every agreement."""
    now = deps.clock.now()
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        found = await law_of(connection, seller.merchant_id)
        told = [
            FieldError(f"offerings.{one.slug}.{warning.field}", warning.code, warning.message)
            for one in await catalog.list_offerings(connection, seller.merchant_id)
            for warning in offering_warnings(found, one, seller, now=now)
        ]
        for partner in await partners.list_partners(connection, seller.merchant_id):
            agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
            told += [
                FieldError(f"partners.{partner.name}.{warning.field}", warning.code, warning.message)
                for warning in await agreement_warnings(connection, seller, agreement, now=now)
            ]
    return told


def _from(one: Unclaimed) -> str:
    return " ".join(filter(None, (one.buyer_state, one.buyer_country))) or "an unknown state"


def _unclaimed_lines(found: Sequence[Unclaimed] | None) -> str:
    if found is None:
        return "Whether the state is owed anything is unknown: no law profile says it. `largesse law set` chooses one."
    lines = [
        f"{one.certificate_id}  {one.order_number or '-':<13} {one.left} {one.left.currency}  issued {one.issued_on}, "
        f"last used {one.active_on}, the holder's through {one.dormancy.last_day}, {one.dormancy.share_percent} % owed "
        f"({one.dormancy.held.profile}), ordered from {_from(one)}"
        for one in found
    ]
    return "\n".join([*(lines or ["Nothing is unclaimed."]), "", NOT_ADVICE])


def _unclaimed_facts(found: Sequence[Unclaimed] | None) -> list[dict[str, object]] | None:
    if found is None:
        return None
    return [
        {
            "certificate_id": one.certificate_id,
            "order_number": one.order_number,
            "currency": one.left.currency.code,
            "left": str(one.left),
            "issued_on": one.issued_on,
            "active_on": one.active_on,
            "last_day": one.dormancy.last_day,
            "share_percent": one.dormancy.share_percent,
            "profile": one.dormancy.held.profile,
            "buyer_state": one.buyer_state,
            "buyer_country": one.buyer_country,
        }
        for one in found
    ]


@law.command("unclaimed")
@merchant_argument
@printed(_unclaimed_lines, _unclaimed_facts)
async def unclaimed_(deps: CommandDependencies, /, merchant: str) -> Sequence[Unclaimed] | None:
    """List what the state is owed of MERCHANT's certificates. `largesse certificate hand-over` hands one over."""
    return await unclaimed(deps, await merchant_of(deps, merchant), now=deps.clock.now())
