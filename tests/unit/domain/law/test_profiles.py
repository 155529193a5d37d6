"""The law as data: every rule has days, source and sureness, and what nobody verified is unknown, never none."""

from datetime import date, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.law import (
    CORE_TOPICS,
    TOPICS,
    CashOutRule,
    CountsFrom,
    HoldsBy,
    LawFileInvalid,
    LawProfile,
    LawProfileUnknown,
    RuleState,
    Sureness,
    ValidityRule,
    find_profile,
    holding,
    known,
    last_day_of,
    profiles,
    read_profiles,
    rule_words,
)

TODAY = date(2026, 11, 29)
RULES = [(code, topic, rule) for code, one in profiles().items() for topic in TOPICS for rule in one.rules(topic)]
NOT_VERIFIED = {
    "validity": "US-ME US-MA US-MT US-NJ US-OR US-RI US-VT US-WA US-PR US-TX GB FR ES NL",
    "cash_out": "US-TX FR ES CA-ON CA-BC CA-AB",
    "unclaimed": "US-CA US-CO US-CT US-ME US-MA US-MT US-NJ US-OR US-RI US-VT US-WA",
    "display": "US",
}
"""What the sources marked as not verified, by hand and not from the file."""


def _words(code: str, topic: str, *, issued_on: date = TODAY, today: date = TODAY) -> list[str]:
    held = holding(find_profile(code), topic, issued_on=issued_on, today=today)
    return [f"{one.profile}: {rule_words(one.rule)}" for one in held]


def test_there_are_profiles() -> None:
    assert len(profiles()) >= 38
    assert len(RULES) >= 160


def test_every_rule_has_a_source_and_says_how_sure_it_is() -> None:
    assert [(code, topic) for code, topic, rule in RULES if not rule.source or rule.sure is None] == []


def test_what_is_unknown_is_not_sure_and_nothing_else_is_unknown() -> None:
    assert {rule.sure for _, _, rule in RULES if not rule.is_known} == {Sureness.UNKNOWN}
    assert Sureness.UNKNOWN not in {rule.sure for _, _, rule in RULES if rule.is_known}


@pytest.mark.parametrize("topic", NOT_VERIFIED)
def test_nothing_that_was_not_verified_became_none(topic: str) -> None:
    wrong = [
        code
        for code in NOT_VERIFIED[topic].split()
        if {rule.state for rule in find_profile(code).rules(topic)} != {RuleState.UNKNOWN}
    ]
    assert wrong == []


def test_none_stands_only_where_a_source_says_so() -> None:
    none = {(code, topic) for code, topic, rule in RULES if rule.state is RuleState.NONE}
    assert none == {("US", "cash_out"), ("US", "withdrawal"), ("DE", "cash_out")}


def test_whoever_inherits_from_none_speaks_of_every_core_topic() -> None:
    roots = [one for one in profiles().values() if one.inherits is None]
    assert {one.code for one in roots} == {"US", "EU", "GB", "CA", "AU", "NZ"}
    assert [(one.code, topic) for one in roots for topic in CORE_TOPICS if not one.rules(topic)] == []


@pytest.mark.parametrize(
    "code, topic, found",
    [
        ("US", "validity", ["US: at least 5 years from issue or the last load (issued from 2010-08-22)"]),
        ("US-CA", "validity", ["US-CA: no expiry"]),
        ("US-CO", "validity", ["US: at least 5 years from issue or the last load (issued from 2010-08-22)"]),
        (
            "US-ME",
            "validity",
            ["US-ME: unknown", "US: at least 5 years from issue or the last load (issued from 2010-08-22)"],
        ),
        ("US-CO", "cash_out", ["US-CO: at most 5.00 USD"]),
        ("US-CO", "fees", ["US-CO: not allowed"]),
        ("US-RI", "cash_out", ["US-RI: less than 1.00 USD"]),
        ("US-NY", "unclaimed", ["US-NY: after 5 years from issue"]),
        ("US-AL", "unclaimed", ["US-AL: after 3 years from the 30 June after issue, 60 % of it"]),
        (
            "US-MA",
            "cash_out",
            ["US-MA: less than 5.00 USD where it can be reloaded, or 90 % used where it cannot be reloaded"],
        ),
        (
            "US",
            "fees",
            ["US: allowed, after 12 months without activity, at most 1 a month (issued from 2010-08-22)"],
        ),
        ("US-CT", "display", ["US-CT: a gift receipt"]),
        ("DE", "validity", ["DE: at least 3 years from the end of the year of issue"]),
        ("DE", "cash_out", ["DE: none"]),
        ("DE", "display", ["EU: unknown"]),
        ("AT", "validity", ["AT: at least 30 years from issue"]),
        ("IE", "validity", ["IE: at least 5 years from issue (issued from 2019-12-02)"]),
        ("IE", "cash_out", ["IE: more than 1.00 EUR where it cannot be used again (issued from 2019-12-02)"]),
        ("IE", "exempt", ["IE: loyalty, refund, e money, short discount"]),
        ("CA-ON", "validity", ["CA-ON: no expiry; packages may expire"]),
        ("CA-AB", "validity", ["CA-AB: no expiry"]),
        ("CA-QC", "cash_out", ["CA-QC: at most 5.00 CAD"]),
        ("CA-SK", "cash_out", ["CA: unknown"]),
        ("AU", "display", ["AU: the last good day, or “no expiry date” (issued from 2019-11-01)"]),
        ("GB", "withdrawal", ["GB: within 14 days"]),
        ("US", "withdrawal", ["US: none"]),
        (
            "FR",
            "withdrawal",
            ["EU: within 14 days with a function for it in the shop (issued from 2026-06-19)"],
        ),
        ("FR", "fiscal_till", ["FR: Certified software, or NF525."]),
        ("US-CA", "imprint", []),
    ],
)
def test_a_profile_says_what_its_sources_say(code: str, topic: str, found: list[str]) -> None:
    assert _words(code, topic) == found


@pytest.mark.parametrize(
    "code, topic, day, found",
    [
        ("US-CA", "cash_out", date(2026, 3, 31), "US-CA: less than 10.00 USD (asked for until 2026-03-31)"),
        ("US-CA", "cash_out", date(2026, 4, 1), "US-CA: less than 15.00 USD (asked for from 2026-04-01)"),
        ("US-CT", "cash_out", date(2023, 9, 30), "US-CT: less than 3.00 USD (asked for until 2023-09-30)"),
        ("US-CT", "cash_out", date(2023, 10, 1), "US-CT: less than 5.00 USD (asked for from 2023-10-01)"),
    ],
)
def test_a_cash_out_goes_by_the_day_of_asking(code: str, topic: str, day: date, found: str) -> None:
    assert _words(code, topic, issued_on=date(2020, 1, 1), today=day) == [found]


@pytest.mark.parametrize(
    "code, issued_on, found",
    [
        ("US-NY", date(2022, 12, 9), "US: at least 5 years from issue or the last load (issued from 2010-08-22)"),
        ("US-NY", date(2022, 12, 10), "US-NY: at least 9 years from issue (issued from 2022-12-10)"),
        ("NZ", date(2026, 3, 16), "NZ: at least 3 years from issue (issued from 2026-03-16)"),
    ],
)
def test_validity_goes_by_the_day_of_issue(code: str, issued_on: date, found: str) -> None:
    assert _words(code, "validity", issued_on=issued_on) == [found]


def test_a_place_without_a_profile_is_refused() -> None:
    assert find_profile(" us-ca ").code == "US-CA"
    with pytest.raises(LawProfileUnknown):
        find_profile("US-FL")


@pytest.mark.parametrize("code, issued_on", [("NZ", date(2026, 3, 15)), ("US", date(2010, 8, 21))])
def test_before_the_first_day_of_a_rule_nothing_is_known(code: str, issued_on: date) -> None:
    assert holding(find_profile(code), "validity", issued_on=issued_on, today=TODAY) == ()
    assert known(()) is None


@pytest.mark.parametrize(
    "counts_from, issued_on, last_on, found",
    [
        (CountsFrom.ISSUE, date(2026, 11, 29), date(2027, 5, 1), date(2029, 11, 29)),
        (CountsFrom.ISSUE, date(2028, 2, 29), date(2028, 2, 29), date(2031, 2, 28)),
        (CountsFrom.ISSUE_OR_LAST_LOAD, date(2026, 11, 29), date(2027, 5, 1), date(2030, 5, 1)),
        (CountsFrom.LAST_ACTIVITY, date(2026, 11, 29), date(2026, 1, 1), date(2029, 11, 29)),
        (CountsFrom.YEAR_END_OF_ISSUE, date(2026, 1, 1), date(2026, 1, 1), date(2029, 12, 31)),
        (CountsFrom.JUNE_30_AFTER_ISSUE, date(2026, 6, 30), date(2026, 6, 30), date(2029, 6, 30)),
        (CountsFrom.JUNE_30_AFTER_ISSUE, date(2026, 7, 1), date(2026, 7, 1), date(2030, 6, 30)),
    ],
)
def test_years_are_counted_from_their_event(
    counts_from: CountsFrom, issued_on: date, last_on: date, found: date
) -> None:
    assert last_day_of(3, counts_from, issued_on=issued_on, last_on=last_on) == found


@given(
    counts_from=st.sampled_from(CountsFrom),
    years=st.integers(1, 30),
    issued_on=st.dates(date(2010, 1, 1), date(2060, 1, 1)),
    idle=st.integers(0, 4000),
)
def test_no_event_shortens_a_time_below_that_from_issue(
    counts_from: CountsFrom, years: int, issued_on: date, idle: int
) -> None:
    last_on = issued_on + timedelta(days=idle)
    found = last_day_of(years, counts_from, issued_on=issued_on, last_on=last_on)
    assert found >= last_day_of(years, CountsFrom.ISSUE, issued_on=issued_on, last_on=last_on)


DAYS = st.dates(date(2020, 1, 1), date(2020, 3, 1))


@st.composite
def _timelines(draw: st.DrawFn) -> list[tuple[date | None, date | None, bool]]:
    """Ranges of days that do not overlap, each with whether its rule is known; ends may be open."""
    cuts = sorted(draw(st.sets(DAYS, min_size=2, max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    spans: list[tuple[date | None, date | None]] = list(pairs)
    if draw(st.booleans()):
        spans[0] = (None, spans[0][1])
    if draw(st.booleans()):
        spans[-1] = (spans[-1][0], None)
    return [(since, until, draw(st.booleans())) for since, until in spans]


def _rules(spans: list[tuple[date | None, date | None, bool]], applies: HoldsBy) -> tuple[ValidityRule, ...]:
    return tuple(
        ValidityRule(
            state=RuleState.SET if is_known else RuleState.UNKNOWN,
            since=since,
            until=until,
            applies=applies,
            years=place if is_known else None,
            counts_from=CountsFrom.ISSUE if is_known else None,
            source="s",
            sure=Sureness.YES if is_known else Sureness.UNKNOWN,
        )
        for place, (since, until, is_known) in enumerate(spans, 1)
    )


@given(
    own=_timelines(),
    above=_timelines(),
    by=st.sampled_from(HoldsBy),
    issued_on=DAYS,
    today=DAYS,
)
def test_which_rule_holds_on_a_day(
    own: list[tuple[date | None, date | None, bool]],
    above: list[tuple[date | None, date | None, bool]],
    by: HoldsBy,
    issued_on: date,
    today: date,
) -> None:
    parent = LawProfile(code="P", name="p", source="s", sure=Sureness.YES, validity=_rules(above, by))
    child = LawProfile(code="C", name="c", source="s", sure=Sureness.YES, inherits="P", validity=_rules(own, by))
    held = holding(child, "validity", issued_on=issued_on, today=today, among={"P": parent, "C": child})

    # The model: mark every day of the calendar with the span that covers it, and look the day up.
    def on_that_day(spans: list[tuple[date | None, date | None, bool]]) -> dict[date, int]:
        first = date(2020, 1, 1)
        days = [first + timedelta(days=n) for n in range(61)]
        return {
            day: place
            for place, (since, until, _) in enumerate(spans)
            for day in days
            if day in {*days[(days.index(since) if since else 0) : (days.index(until) + 1 if until else 61)]}
        }

    day = today if by is HoldsBy.TODAY else issued_on
    mine, theirs = on_that_day(own).get(day), on_that_day(above).get(day)
    expected = [("C", child.validity[mine])] if mine is not None else []
    if (mine is None or not own[mine][2]) and theirs is not None:
        expected.append(("P", parent.validity[theirs]))
    assert [(one.profile, one.rule) for one in held] == expected


GOOD = """
[X]
name = "x"
source = "a source"
sure = "yes"
""" + "".join(f'\n[[X.{topic}]]\nstate = "unknown"\n' for topic in CORE_TOPICS)


def test_a_small_file_is_read() -> None:
    assert list(read_profiles(GOOD)) == ["X"]


@pytest.mark.parametrize(
    "more, code",
    [
        ("[", "law.file.syntax"),
        ('[Y]\nname = "y"', "law.file.field"),
        ('[Y]\nname = "y"\nsource = "s"\nsure = "maybe"', "law.file.field"),
        ('[Y]\nname = "y"\nsource = "s"\nsure = "yes"\nvalidty = []', "law.file.field"),
        ('[Y]\nname = "y"\nsource = " "\nsure = "yes"\ninherits = "X"', "law.file.incomplete"),
        ('[Y]\nname = "y"\nsource = "s"\nsure = "yes"', "law.file.silent"),
        ('[Y]\nname = "y"\nsource = "s"\nsure = "yes"\ninherits = "Z"', "law.file.inherits"),
        ("RULE opt_in\nsays = 'x'\nsource = ' '", "law.file.source"),
        ("RULE opt_in\nsays = ''", "law.file.empty"),
        ("RULE opt_in\nsays = 'x'\nfrom = 2026-02-01", "law.file.dates"),
        ("RULE opt_in\nsays = 'x'\napplies = 'today'", "law.file.dates"),
        ("RULE opt_in\nsays = 'x'\nfrom = 2026-02-02\nuntil = 2026-02-01\napplies = 'today'", "law.file.dates"),
        ("RULE opt_in\nsays = 'x'\nRULE opt_in\nsays = 'y'", "law.file.overlap"),
        (
            "RULE opt_in\nsays = 'x'\nuntil = 2026-02-02\napplies = 'today'\n\
RULE opt_in\nsays = 'y'\nfrom = 2026-02-02\napplies = 'today'",
            "law.file.overlap",
        ),
        (
            "RULE opt_in\nsays = 'x'\nuntil = 2026-02-02\napplies = 'today'\n\
RULE opt_in\nsays = 'y'\nfrom = 2026-02-03\napplies = 'issue_day'",
            "law.file.dates",
        ),
        ("RULE opt_in\nsays = 'x'\nsure = 'unknown'", "law.file.sure"),
        ("RULE opt_in\nstate = 'unknown'\nsure = 'yes'", "law.file.sure"),
        ("RULE opt_in\nstate = 'none'\nsays = 'x'", "law.file.state"),
        ("RULE validity\nyears = 3", "law.file.validity"),
        ("RULE validity\nmay_expire = false\nyears = 3\ncounts_from = 'issue'", "law.file.validity"),
        ("RULE validity\nyears = 0\ncounts_from = 'issue'", "law.file.years"),
        ("RULE validity\nyears = 3\ncounts_from = 'issue'\npackages_may_expire = true", "law.file.validity"),
        ("RULE cash_out\ncurrency = 'USD'", "law.file.cash_out"),
        ("RULE cash_out\ncurrency = 'USD'\nwhen = [{ below = '1', at_most = '2' }]", "law.file.cash_out"),
        ("RULE cash_out\ncurrency = 'USD'\nwhen = [{ used_percent = 101 }]", "law.file.cash_out"),
        ("RULE cash_out\ncurrency = 'USD'\nwhen = [{ below = '1.001' }]", "law.file.amount"),
        ("RULE cash_out\ncurrency = 'USD'\nwhen = [{ below = '0' }]", "law.file.amount"),
        ("RULE cash_out\ncurrency = 'EURO'\nwhen = [{ below = '1' }]", "law.file.amount"),
        ("RULE fees\nafter_months = 3", "law.file.fees"),
        ("RULE unclaimed\nyears = 3", "law.file.unclaimed"),
        ("RULE unclaimed\nyears = 3\ncounts_from = 'issue'\nshare_percent = 0", "law.file.unclaimed"),
        ("RULE display", "law.file.empty"),
        ("RULE exempt", "law.file.empty"),
        ("RULE withdrawal", "law.file.empty"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(more: str, code: str) -> None:
    topic = "RULE "
    lines = [f"[[Y.{line[5:]}]]" if line.startswith(topic) else line for line in more.split("\n")]
    head = '[Y]\nname = "y"\nsource = "s"\nsure = "yes"\ninherits = "X"\n' if topic in more else ""
    with pytest.raises(LawFileInvalid) as refused:
        read_profiles(f"{GOOD}\n{head}" + "\n".join(lines))
    assert code in {fault.code for fault in refused.value.fields}


def test_one_step_of_inheritance_is_all() -> None:
    more = "".join(
        f'\n[{code}]\nname = "n"\nsource = "s"\nsure = "yes"\ninherits = "{above}"' for code, above in ("YX", "ZY")
    )
    with pytest.raises(LawFileInvalid) as refused:
        read_profiles(GOOD + more)
    assert [(fault.field, fault.code) for fault in refused.value.fields] == [("Z", "law.file.inherits")]


def test_the_file_says_that_it_is_no_advice() -> None:
    content = files("largesse.domain.law").joinpath("profiles.toml").read_text(encoding="utf-8")
    assert "NOT LEGAL ADVICE" in content.splitlines()[0]


def test_amounts_of_cash_out_are_in_the_money_of_the_place() -> None:
    found = {(code[:2], rule.currency) for code, _, rule in RULES if isinstance(rule, CashOutRule) and rule.currency}
    assert found == {("US", "USD"), ("CA", "CAD"), ("IE", "EUR")}
