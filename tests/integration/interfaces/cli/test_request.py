"""`largesse request` and `largesse limit`, as an operator types them for people."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from largesse.domain.merchants import find_merchant
from largesse.domain.staff import Role
from tests.builders.certificates import a_card
from tests.builders.staff import a_worker
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


def has_people(operator: Operator) -> str:
    """Let an owner and a manager work for the merchant, and return the id of a certificate of 100.00."""

    async def work() -> str:
        async with operator.application() as application:
            async with application.database.connection() as connection:
                merchant = await find_merchant(connection, "corner-spa")
            now = application.clock.now()
            for name, role in (("ada", Role.OWNER), ("mia", Role.MANAGER)):
                await a_worker(
                    application, merchant, email=f"{name}@bakery.example", name=name.title(), role=role,
                    now=now - timedelta(days=30),
                )  # fmt: skip
            return str((await a_card(application, merchant, now=now)).place.certificate_id)

    return asyncio.run(work())


def another_number(operator: Operator) -> str:
    """Issue another certificate, and return its number."""

    async def work() -> str:
        async with operator.application() as application:
            async with application.database.connection() as connection:
                merchant = await find_merchant(connection, "corner-spa")
            return (await a_card(application, merchant, now=application.clock.now())).number

    return asyncio.run(work())


def test_what_is_beyond_a_limit_is_listed_shown_approved_and_refused(operator: Operator) -> None:
    certificate = ["--id", has_people(operator), "--merchant", "corner-spa"]
    limits = operator.asks("limit", "set", "corner-spa", "adjust", "--once", "20.00", "--day", "none")
    assert limits[0] == {"act": "adjust", "once": 2000, "day": None, "each": None}
    assert "once 2000" in operator.types("limit", "list", "corner-spa").output
    own = operator.asks("limit", "own", "corner-spa", "mia@bakery.example", "refund", "--once", "5.00")
    assert own == [{"act": "refund", "once": 500, "day": None, "each": None}]
    kept = operator.asks("limit", "own", "corner-spa", "mia@bakery.example", "refund", "--day", "9.00")
    assert kept == [{"act": "refund", "once": 500, "day": 900, "each": None}]
    assert operator.asks("limit", "own", "corner-spa", "mia@bakery.example", "refund", "--as-everybody") == []
    own = operator.asks("limit", "own", "corner-spa", "mia@bakery.example", "adjust", "--day", "90.00")
    assert own == [{"act": "adjust", "once": 2000, "day": 9000, "each": None}], "everybody's limit stays beside it"
    unsaid = operator.types("limit", "own", "corner-spa", "mia@bakery.example", "adjust")
    assert (unsaid.exit_code, "--as-everybody" in unsaid.stderr) == (2, True)
    assert operator.asks("limit", "own", "corner-spa", "mia@bakery.example", "adjust", "--as-everybody") == []
    as_mia = ["--as", "mia@bakery.example", "--memo", "wrong"]
    done = operator.asks("request", "adjust", *certificate, "--by", "-20.00", *as_mia)
    assert "operation_id" in done
    waits = operator.asks("request", "adjust", *certificate, "--by", "-20.01", *as_mia)
    assert (waits["state"], waits["value"]) == ("waiting", -2001)
    assert [one["request"] for one in operator.asks("request", "list", "corner-spa")] == [waits["request"]]
    assert operator.asks("request", "show", "corner-spa", waits["request"])["balance_then"] == 8000
    own = operator.types("request", "approve", "corner-spa", waits["request"], "--as", "mia@bakery.example")
    assert (own.exit_code, "request.own" in own.stderr) == (1, True)
    operator.asks("request", "approve", "corner-spa", waits["request"], "--as", "ada@bakery.example")
    other = operator.asks("request", "adjust", *certificate, "--by", "30.00", *as_mia)
    refused = operator.asks("request", "refuse", "corner-spa", other["request"], "--as", "ada@bakery.example")
    assert refused["state"] == "refused"


def test_acts_that_change_what_a_certificate_is_worth_wait_beyond_their_limits(operator: Operator) -> None:
    certificate = ["--id", has_people(operator), "--merchant", "corner-spa"]
    number = another_number(operator)
    for act in ("void", "reload", "extend", "move", "cash_out"):
        operator.asks("limit", "set", "corner-spa", act, "--once", "10.00")
    as_mia = ["--as", "mia@bakery.example", "--memo", "asked for"]
    acts = {
        "void": ["--reason", "fraud"],
        "reload": ["--amount", "10.01", "--tender", "cash"],
        "extend": ["--for-ever"],
        "move": ["--to", number, "--amount", "10.01"],
        "cash-out": [],
    }
    waits = {name: operator.asks("request", name, *certificate, *more, *as_mia) for name, more in acts.items()}
    assert {one["state"] for one in waits.values()} == {"waiting"}
    assert waits["void"]["value"] == 10_000
    within = operator.asks("request", "reload", *certificate, "--amount", "10.00", "--tender", "cash", *as_mia)
    assert within["value"] == "10.00"
    stale = operator.types("request", "approve", "corner-spa", waits["move"]["request"], "--as", "ada@bakery.example")
    assert "request.changed" in stale.stderr
    moves = operator.asks("request", "move", *certificate, *acts["move"], *as_mia)
    done = operator.asks("request", "approve", "corner-spa", moves["request"], "--as", "ada@bakery.example")
    assert done["value"] == "10.01"
    wrong = operator.types("request", "extend", *certificate, *as_mia)
    assert wrong.exit_code == 2


def test_what_is_both_owners_waits_for_the_other_one(operator: Operator) -> None:
    has_people(operator)

    async def another_owner() -> None:
        async with operator.application() as application:
            async with application.database.connection() as connection:
                merchant = await find_merchant(connection, "corner-spa")
            now = application.clock.now() - timedelta(days=30)
            await a_worker(application, merchant, email="bea@bakery.example", name="Bea", now=now)

    assert "Nothing waits" in operator.types("request", "of-owners", "corner-spa").output
    asyncio.run(another_owner())
    as_ada, as_bea = ["--as", "ada@bakery.example"], ["--as", "bea@bakery.example"]
    waits = operator.asks("limit", "set", "corner-spa", "refund", "--once", "50.00", *as_ada)
    assert (waits["state"], waits["act"]) == ("waiting", "limit")
    role = operator.asks("staff", "role", "corner-spa", "mia@bakery.example", "owner", "--reason", "partner", *as_ada)
    assert role["says"] == "Mia becomes owner"
    gone = operator.types("staff", "end", "corner-spa", "bea@bakery.example", "--reason", "sold her share", *as_ada)
    assert "waiting" in gone.output
    assert len(operator.asks("request", "of-owners", "corner-spa")) == 3
    assert "request.own" in operator.types("request", "give-word", "corner-spa", waits["request"], *as_ada).stderr
    assert operator.asks("request", "give-word", "corner-spa", waits["request"], *as_bea)["outcome"] == "done"
    assert operator.asks("request", "withhold-word", "corner-spa", role["request"], *as_bea)["state"] == "refused"
    assert any(
        one == {"act": "refund", "once": 5000, "day": None, "each": None}
        for one in operator.asks("limit", "list", "corner-spa")
    )
    assert operator.types("limit", "set", "corner-spa", "refund", "--as", "mia@bakery.example").exit_code == 1


def test_the_accounts_that_people_are_told_to_pay_into_are_both_owners(operator: Operator) -> None:
    has_people(operator)

    async def another_owner() -> None:
        async with operator.application() as application:
            async with application.database.connection() as connection:
                merchant = await find_merchant(connection, "corner-spa")
            now = application.clock.now() - timedelta(days=30)
            await a_worker(application, merchant, email="bea@bakery.example", name="Bea", now=now)

    asyncio.run(another_owner())
    as_ada, as_bea = ["--as", "ada@bakery.example"], ["--as", "bea@bakery.example"]
    account = ["--iban", "DE89 3704 0044 0532 0130 00"]
    commands = {
        "invoice_account": ["invoice", "settings", "corner-spa", *account],
        "paid_by_hand": ["payment", "instructions", "set", "corner-spa", *account, "--holder", "Ada"],
    }
    for act, words in commands.items():
        waits = operator.asks(*words, *as_ada)
        assert (waits["act"], waits["state"]) == (act, "waiting")
        assert "waiting" in operator.types(*words, *as_ada).output
        assert "DE89 3704" in waits["says"]
        assert "request.own" in operator.types("request", "give-word", "corner-spa", waits["request"], *as_ada).stderr
        assert operator.asks("request", "give-word", "corner-spa", waits["request"], *as_bea)["outcome"] == "done"
        assert "staff.not_allowed" in operator.types(*words, "--as", "mia@bakery.example").stderr
        wrong = operator.types(*words, "--iban", "DE1", *as_ada)
        assert (wrong.exit_code, "iban.invalid" in wrong.stderr) == (1, True)
    assert operator.asks("invoice", "settings", "corner-spa")["iban"] == "DE89370400440532013000"
    assert "DE89 3704" in operator.types("payment", "instructions", "show", "corner-spa").output
    mixed = operator.types("invoice", "settings", "corner-spa", "--iban", "", "--note", "Thanks", *as_ada)
    assert (mixed.exit_code, "a command of their own" in mixed.stderr) == (2, True)
    assert operator.asks("invoice", "settings", "corner-spa", "--note", "Thanks", *as_ada)["note"] == "Thanks"
    assert operator.asks("invoice", "settings", "corner-spa", "--iban", "")["iban"] == "", "the operator asks nobody"


def test_nobody_waits_at_a_till_where_nobody_asked(operator: Operator) -> None:
    assert operator.asks("request", "at-tills", "corner-spa") == []
    assert "Nobody asked" in operator.types("request", "at-tills", "corner-spa").output
    nothing = "018f0000-0000-7000-8000-000000000001"
    has_people(operator)
    for act in ("approve-at-till", "refuse-at-till"):
        refused = operator.types("request", act, "corner-spa", nothing, "--as", "ada@bakery.example")
        assert "request.unknown" in refused.stderr
