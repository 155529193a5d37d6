"""`largesse law`: what the law of a place says of certificates. Not legal advice."""

from collections.abc import Iterator
from datetime import date, datetime

import click

from largesse.domain.law import TOPICS, HeldRule, LawProfile, find_profile, holding, profiles, rule_words
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import json_option
from largesse.kernel.clock import SystemClock

NOT_ADVICE = "Not legal advice: facts from public sources. Unknown is not none."

_day = click.DateTime(["%Y-%m-%d"])


@click.group()
def law() -> None:
    """Show the law of gift certificates, by country and state. Not legal advice."""


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
