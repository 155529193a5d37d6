"""`largesse law` without a database: profiles listed and shown, what is unknown as unknown."""

import json

import msgspec
import pytest
from click.testing import CliRunner

from largesse.domain.law import LawProfileUnknown, profiles
from largesse.interfaces.cli.law import NOT_ADVICE, law


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(law, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_all_profiles_are_listed() -> None:
    output = _run("list")
    assert [line.split()[0] for line in output.splitlines()[: len(profiles())]] == list(profiles())
    assert NOT_ADVICE in output
    assert {"code": "US-CA", "name": "California", "inherits": "US"} in json.loads(_run("list", "--json"))


def test_a_profile_is_shown_with_source_and_sureness() -> None:
    output = _run("show", "us-ca", "--on", "2026-03-31")
    assert "cash out       less than 10.00 USD (asked for until 2026-03-31)" in output
    assert "[Civ. Code 1749.45–1749.6, sure: yes]" in output
    assert "unclaimed      unknown\n               Said to be exempt; not verified." in output
    assert "priority       US: Unclaimed property goes to" in output
    assert "imprint        unknown" in output
    assert NOT_ADVICE in output


def test_the_day_of_issue_decides_where_the_rule_says_so() -> None:
    assert "US: at least 5 years" in _run("show", "US-NY", "--issued", "2022-12-09")
    assert "at least 9 years from issue" in _run("show", "US-NY", "--issued", "2022-12-10")


def test_every_rule_of_its_own_is_shown_on_demand() -> None:
    output = _run("show", "US-CT", "--all")
    assert "less than 3.00 USD" in output
    assert "less than 5.00 USD" in output


def test_programs_are_told_the_state_of_each_rule() -> None:
    shown = msgspec.json.decode(_run("show", "DE", "--json"))
    assert shown["topics"]["cash_out"][0]["rule"]["state"] == "none"
    assert shown["topics"]["unclaimed"][0] == {
        "profile": "DE",
        "rule": {
            "state": "unknown",
            "from": None,
            "until": None,
            "applies": None,
            "source": "verbraucherrecht-ratgeber.de, mdr.de, webshoprecht.de Rspr447, szlz.de",
            "sure": "unknown",
            "note": "",
            "years": None,
            "counts_from": None,
            "share_percent": 100,
        },
    }


def test_a_code_without_a_profile_is_refused() -> None:
    with pytest.raises(LawProfileUnknown):
        CliRunner().invoke(law, ["show", "XX"], catch_exceptions=False)
