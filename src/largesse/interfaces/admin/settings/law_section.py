"""`/admin/{slug}/settings/law`: which law profile the merchant goes by, what it says, and what breaks it."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import catalog, law, partners
from largesse.domain.law import (
    TOPICS,
    HeldRule,
    LawProfile,
    LawProfileUnknown,
    MerchantLaw,
    Sureness,
    WhenUnknown,
    in_language,
    rule_words,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActSubject, Setting, Unfit, act_routes
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import (
    SETTINGS_PLACES,
    SettingsAct,
    SettingsSubject,
    offers,
    said_of,
    section_page,
    version_of,
)
from largesse.services.catalog import law_warnings as offering_warnings
from largesse.services.merchants import choose_law
from largesse.services.partners import law_warnings as agreement_warnings
from largesse.ui import Voice, choose_one
from largesse.web.choices import chosen

LAW: Final = "/settings/law"
_PATH: Final = f"/admin/{{slug:str}}{LAW}"
_HERE: Final = f"/admin/{{slug}}{LAW}"


class LawWarning:
    """What is against a rule: where it stands, and why."""

    def __init__(self, where: str, href: str, said: str) -> None:
        self.where = where
        self.href = href
        self.said = said


class ChooseLawAct(SettingsAct):
    """Choose the law profile."""

    name = "choose"
    act = Act.LAW_PROFILE

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Choose a law profile")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is chosen, as it stands."""
        voice, now = setting.voice, subject.one
        choice = now.choice if isinstance(now, MerchantLaw) else None
        none = ("none", voice.t("none: nothing is warned of"))
        known = tuple((one.code, _named(one, voice)) for one in law.profiles().values())
        unknown = (
            (WhenUnknown.WAIT.value, voice.t("waits")),
            (WhenUnknown.BOOK.value, voice.t("is booked at expiry")),
        )
        return (
            ActInput(
                name="profile",
                label=voice.t("Law profile"),
                kind="choice",
                options=(none, *known),
                value=choice.code if choice else "none",
            ),
            ActInput(
                name="refuses",
                label=voice.t("Refuse what breaks a rule, instead of warning"),
                kind="check",
                required=False,
                value="yes" if choice and choice.refuses else "",
            ),
            ActInput(
                name="when_unknown",
                label=voice.t("Breakage where the rule is unknown"),
                kind="choice",
                options=unknown,
                value=(choice.when_unknown if choice else WhenUnknown.WAIT).value,
            ),
        )

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what it is not."""
        return [setting.voice.t("Not legal advice: facts from public sources. Unknown is not none.")]

    async def do(
        self, setting: Setting, _subject: SettingsSubject, connection: Connection, _new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        code = setting.text("profile")
        try:
            await choose_law(
                connection,
                setting.merchant,
                None if code == "none" else code,
                refuses=setting.typed.get("refuses") == "yes",
                when_unknown=chosen(setting.typed, "when_unknown", WhenUnknown),
                actor=by.actor,
                why=by.why,
                now=setting.now,
            )
        except LawProfileUnknown:
            raise Unfit(profile=setting.voice.t("Choose one of them.")) from None


_ACTS: Final = (ChooseLawAct(),)


class LawSection:
    """Answer about the law."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return what the chosen profile says, or another one that somebody looks at."""
        merchant = caller.merchant
        assert merchant is not None
        voice = self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            chosen = await law.law_of(connection, merchant.merchant_id)
        known = law.profiles()
        asked = caller.request.query_params.get("profile", "")[:12]
        profile = known.get(asked) or (chosen.profile if chosen else None)
        unknown = asked not in {"", *known}
        subject = subject_of(merchant, chosen, voice)
        values = {
            "blocks": [
                {
                    "title": "",
                    "facts": _choice(chosen, voice),
                    "acts": offers(caller, _ACTS, subject, _HERE.format(slug=merchant.slug), voice),
                    "note": "",
                }
            ],
            "profiles": [(one.code, _named(one, voice)) for one in known.values()],
            "shown": profile.code if profile else "",
            "profile": in_language(profile.name, voice.language) if profile else "",
            "about": in_language(profile.note, voice.language) if profile else "",
            "translated": profile is not None and voice.language != "en",
            "topics": self._topics(profile, voice) if profile else [],
            "warnings": await self._warnings(merchant, chosen, voice) if chosen else [],
            "chosen": chosen is not None,
            "done": said_of(caller, _ACTS, voice),
            "problem": choose_one(voice) if unknown else "",
        }
        lead = next(one.what(voice) for one in SETTINGS_PLACES if one.path == LAW)
        return await section_page(
            self._front,
            caller,
            path=LAW,
            lead=lead,
            values=values,
            template="settings/law.html",
            status=422 if unknown else 200,
        )

    def _topics(self, profile: LawProfile, voice: Voice) -> list[dict[str, object]]:
        """Return every rule of a profile and of what it inherits, with its source and how sure that is."""
        names, sure = _topic_names(voice), _sureness(voice)
        return [
            {
                "name": names[topic],
                "rules": [
                    {
                        "says": rule_words(held.rule, voice.language),
                        "from": "" if held.profile == profile.code else held.profile,
                        "note": in_language(held.rule.note, voice.language),
                        "source": held.rule.source,
                        "sure": sure[held.rule.sure or Sureness.UNKNOWN],
                    }
                    for held in _rules(profile, topic)
                ],
            }
            for topic in TOPICS
        ]

    async def _warnings(self, merchant: Merchant, chosen: MerchantLaw, voice: Voice) -> list[LawWarning]:
        """Return what is on sale or agreed against the profile."""
        now, home = self._deps.clock.now(), f"/admin/{merchant.slug}"
        found = list[LawWarning]()
        async with self._deps.database.connection() as connection:
            for one in await catalog.list_offerings(connection, merchant.merchant_id):
                against = offering_warnings(chosen, one, merchant, language=voice.language, now=now)
                found += [LawWarning(one.title, f"{home}/catalogue", warning.message) for warning in against]
            for partner in await partners.list_partners(connection, merchant.merchant_id):
                agreement = await partners.agreement_of(connection, merchant.merchant_id, partner.partner_id)
                broken = await agreement_warnings(connection, merchant, agreement, language=voice.language, now=now)
                found += [LawWarning(partner.name, "", warning.message) for warning in broken]
        return found


def _named(profile: LawProfile, voice: Voice) -> str:
    return f"{in_language(profile.name, voice.language)} ({profile.code})"


def _topic_names(voice: Voice) -> Mapping[str, str]:
    return {
        "validity": voice.t("How long it is good"),
        "cash_out": voice.t("The rest in money"),
        "fees": voice.t("Fees"),
        "unclaimed": voice.t("Unclaimed property"),
        "display": voice.t("What stands on it"),
        "exempt": voice.t("What is exempt"),
        "tax": voice.t("Tax"),
        "priority": voice.t("Whose law counts"),
        "withdrawal": voice.t("Withdrawal"),
        "order_button": voice.t("Button that orders"),
        "texts": voice.t("Texts"),
        "prices": voice.t("Prices"),
        "opt_in": voice.t("Advertising by mail"),
        "imprint": voice.t("Imprint"),
        "fiscal_till": voice.t("Fiscal till"),
    }


def _sureness(voice: Voice) -> Mapping[Sureness, str]:
    return {
        Sureness.YES: voice.t("yes"),
        Sureness.MEDIUM: voice.t("medium"),
        Sureness.WEAK: voice.t("weak"),
        Sureness.OLD: voice.t("old"),
        Sureness.NO: voice.t("no"),
        Sureness.UNKNOWN: voice.t("unknown"),
    }


def _rules(profile: LawProfile, topic: str) -> Sequence[HeldRule]:
    """Return all rules of a topic, its own or those that it inherits."""
    code: str | None = profile.code
    while code is not None:
        one = law.find_profile(code)
        if rules := one.rules(topic):
            return [HeldRule(profile=one.code, rule=rule) for rule in rules]
        code = one.inherits
    return []


def _choice(chosen: MerchantLaw | None, voice: Voice) -> list[tuple[str, object]]:
    if chosen is None:
        said = voice.t("none is chosen: nothing is warned of, and expiry is booked as soon as it comes")
        return [(voice.t("Law profile"), said)]
    waits = chosen.choice.when_unknown is WhenUnknown.WAIT
    return [
        (voice.t("Law profile"), _named(chosen.profile, voice)),
        (voice.t("What breaks a rule"), voice.t("is refused") if chosen.choice.refuses else voice.t("is warned of")),
        (voice.t("Breakage where the rule is unknown"), voice.t("waits") if waits else voice.t("is booked at expiry")),
    ]


def subject_of(merchant: Merchant, chosen: MerchantLaw | None, voice: Voice) -> SettingsSubject:
    """Return the choice, as it is changed."""
    choice = chosen.choice if chosen else None
    said = (choice.code, choice.refuses, choice.when_unknown) if choice else ()
    section = next(one.name(voice) for one in SETTINGS_PLACES if one.path == LAW)
    return SettingsSubject(
        subject_id=merchant.merchant_id, version=version_of(*said), path=LAW, section=section, one=chosen
    )


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    assert caller.merchant is not None
    async with front.deps.database.connection() as connection:
        chosen = await law.law_of(connection, caller.merchant.merchant_id)
    return subject_of(caller.merchant, chosen, front.voice(caller))


def law_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the law."""
    return [
        front.route("GET", _PATH, for_act(Act.SETTINGS_READ), LawSection(front).show),
        *act_routes(front, _ACTS, _find, path=_PATH, here=_HERE),
    ]
