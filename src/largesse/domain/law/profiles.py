"""The profiles that Largesse brings along, read once, and which of their rules hold."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from largesse.domain.law.checks import profile_faults
from largesse.domain.law.errors import LawFileInvalid, LawProfileUnknown
from largesse.domain.law.model import TOPICS, LawProfile, LawRule, RuleState, Sureness
from largesse.kernel.errors import FieldError


class HeldRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that holds, and the code of the profile that it is from."""

    profile: str
    rule: LawRule


def read_profiles(content: str) -> Mapping[str, LawProfile]:
    """Return the profiles of a file by their code.

    Raises:
        LawFileInvalid: some of it cannot be read, or contradicts itself; every fault is named.
    """
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise LawFileInvalid(fields=[FieldError("file", "law.file.syntax", f"It is no TOML: {error}.")]) from error
    found, faults = dict[str, LawProfile](), list[FieldError]()
    for code, text in table.items():
        try:
            found[code] = _complete(msgspec.convert(text, LawProfile), code)
        except msgspec.ValidationError as error:
            faults.append(FieldError(code, "law.file.field", f"{error}."))
    faults += profile_faults(found)
    if faults:
        raise LawFileInvalid(fields=faults)
    return found


@cache
def profiles() -> Mapping[str, LawProfile]:
    """Return the profiles that Largesse brings along, by their code."""
    return read_profiles(files(__package__).joinpath("profiles.toml").read_text(encoding="utf-8"))


def find_profile(code: str) -> LawProfile:
    """Return the profile of a code, in any case.

    Raises:
        LawProfileUnknown: there is none.
    """
    found = profiles().get(code.strip().upper())
    if found is None:
        raise LawProfileUnknown
    return found


def profile_or_unknown(code: str) -> LawProfile:
    """Return the profile of a code that was chosen once; where there is none any more, everything of it is unknown."""
    gone = LawProfile(code=code, name="not known to this version", source="nothing found", sure=Sureness.UNKNOWN)
    return profiles().get(code, gone)


def holding(
    profile: LawProfile,
    topic: str,
    *,
    issued_on: date,
    today: date,
    among: Mapping[str, LawProfile] | None = None,
) -> tuple[HeldRule, ...]:
    """Return the rules of a topic that hold for what was issued on a day, asked today: the nearest first.

    What a profile does not speak of on that day, the one that it inherits from decides. A rule that is unknown is
    returned, followed by the one that holds meanwhile: a state's law that nobody verified does not end the federal law.
    Empty: nobody says anything, which is unknown too.
    """
    among = profiles() if among is None else among
    found = list[HeldRule]()
    asked: LawProfile | None = profile
    while asked is not None:
        own = (rule for rule in asked.rules(topic) if rule.covers(issued_on=issued_on, today=today))
        found += [HeldRule(profile=asked.code, rule=rule) for rule in own]
        if found and found[-1].rule.is_known:
            break
        asked = among.get(asked.inherits or "")
    return tuple(found)


def known(rules: tuple[HeldRule, ...]) -> HeldRule | None:
    """Return the one of the rules that hold which is known, None where none is."""
    return next((one for one in rules if one.rule.is_known), None)


def _complete(profile: LawProfile, code: str) -> LawProfile:
    """Return a profile that knows its code, and whose rules all know their source and how sure it is."""
    filled = {topic: tuple(_with_source(rule, profile) for rule in profile.rules(topic)) for topic in TOPICS}
    return msgspec.structs.replace(profile, code=code, **filled)


def _with_source(rule: LawRule, profile: LawProfile) -> LawRule:
    usual = Sureness.UNKNOWN if rule.state is RuleState.UNKNOWN else profile.sure
    return msgspec.structs.replace(rule, source=rule.source or profile.source, sure=rule.sure or usual)
