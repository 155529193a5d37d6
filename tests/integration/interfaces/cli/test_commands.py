"""The operator's commands, typed as an operator types them, on a real database."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner, Result

from largesse.adapters.keyring import FileKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.interfaces.cli import COMMANDS
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from largesse.kernel.numbers import in_groups, make_number
from largesse.kernel.tax import TaxKind, TaxTreatment
from tests.builders.application import NOW, an_application
from tests.builders.certificates import GOOD_THROUGH, a_card, a_merchant
from tests.fakes.clock import StillClock

MERCHANT = (
    "merchant", "add", "corner-spa", "--name", "Corner Spa", "--number", "1001", "--prefix", "GL",
    "--contact-email", "owner@example.com",
)  # fmt: skip

# when a card that was made without another day is good no more
AFTERWARDS = NOW.replace(year=GOOD_THROUGH.year + 1)


class Operator:
    """Somebody at a command line."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn = dsn
        self.keys = folder / "keys.json"
        self.clock = StillClock(NOW)

    @asynccontextmanager
    async def application(self) -> AsyncIterator[Application]:
        """Open the installation, as every command does."""
        keyring = FileKeyring.open_or_create(self.keys, now=NOW)
        async with (
            await Database.open(self.dsn, size_max=4) as database,
            an_application(database, keyring=keyring, clock=self.clock) as opened,
        ):
            yield opened

    def types(self, *words: str, stdin: str | None = None) -> Result:
        """Type a command and return what comes of it."""
        group = click.Group(commands={command.name or "": command for command in COMMANDS})
        return CliRunner().invoke(group, words, input=stdin, obj=Runtime(self.application), catch_exceptions=False)

    def asks(self, *words: str, stdin: str | None = None) -> Any:
        """Type a command that succeeds and answers in JSON."""
        result = self.types(*words, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def has_card(self, **given: Any) -> str:
        """Issue a certificate and return its number."""

        async def work(_: CommandDependencies) -> str:
            async with self.application() as application:
                return (await a_card(application, await a_merchant(application.database), **given)).number

        return Runtime(self.application).run(work)


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_merchant_is_added_listed_shown_and_changed(operator: Operator) -> None:
    assert "first with `largesse merchant add`" in operator.types("merchant", "list").output
    assert operator.types(*MERCHANT).exit_code == 0
    assert "corner-spa" in operator.types("merchant", "list").output
    assert operator.asks("merchant", "set", "1001", "--name", "Corner Spa & Tea")["name"] == "Corner Spa & Tea"
    shown = operator.types("merchant", "show", "corner-spa")
    assert "Corner Spa & Tea" in shown.output
    assert "America/New_York" in shown.output
    assert operator.types("merchant", "set", "1001").exit_code == 2
    assert operator.asks("merchant", "close", "1001", "--reason", "Moving away")["closed_at"]
    assert operator.asks("merchant", "open", "1001", "--reason", "We have moved")["closed_at"] is None


def test_a_merchant_is_told_how_its_mails_are_signed(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    signed = operator.asks(
        "merchant", "set", "corner-spa", "--mail-from-name", "Spa Gifts", "--reply-to", "gifts@spa.example"
    )
    assert (signed["mail_from_name"], signed["reply_to"]) == ("Spa Gifts", "gifts@spa.example")
    plain = operator.asks("merchant", "set", "corner-spa", "--mail-from-name", "", "--reply-to", "")
    assert (plain["mail_from_name"], plain["reply_to"]) == ("", "")
    refused = operator.types("merchant", "set", "corner-spa", "--reply-to", "nobody")
    assert refused.exit_code == 1
    assert "reply_to" in refused.stderr


def test_a_merchant_limits_how_often_a_certificate_is_redeemed_within_an_hour(operator: Operator) -> None:
    number = operator.has_card()
    limit = ("merchant", "set", "corner-spa", "--redemptions-per-hour")
    assert operator.asks(*limit, "2")["redemptions_per_hour"] == 2
    for _ in range(2):
        operator.asks("certificate", "redeem", number, "1.00")
    assert "[certificate.redeemed_too_often]" in operator.types("certificate", "redeem", number, "1.00").stderr
    assert operator.asks("merchant", "set", "corner-spa", "--name", "Spa")["redemptions_per_hour"] == 2
    operator.clock.moment = NOW + timedelta(hours=1)
    operator.asks("certificate", "redeem", number, "1.00")
    assert operator.asks(*limit, "")["redemptions_per_hour"] is None
    for _ in range(3):
        operator.asks("certificate", "redeem", number, "1.00")
    for wrong in ("0", "101", "-1", "many", "1e1"):
        refused = operator.types(*limit, wrong)
        assert (refused.exit_code, "1 to 100" in refused.stderr) == (2, True)


def test_gratuity_that_expires_is_kept_or_owed_as_the_merchant_says(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    assert operator.asks("merchant", "show", "corner-spa")["expired_gratuity"] == "kept"
    owed = operator.asks("merchant", "set", "corner-spa", "--expired-gratuity", "owed")
    assert owed["expired_gratuity"] == "owed"
    assert operator.asks("merchant", "set", "corner-spa", "--name", "Spa")["expired_gratuity"] == "owed"
    assert operator.types("merchant", "set", "corner-spa", "--expired-gratuity", "lost").exit_code == 2


def test_reminders_are_as_usual_until_the_merchant_says_otherwise(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    assert operator.asks("merchant", "show", "corner-spa")["reminders"] == "usual"
    assert operator.asks("merchant", "set", "corner-spa", "--reminders", "off")["reminders"] == "off"
    assert operator.types("merchant", "set", "corner-spa", "--reminders", "often").exit_code == 2


def test_a_refusal_names_every_field_on_stderr_and_ends_with_one(operator: Operator) -> None:
    wrong = [word.replace("GL", "g").replace("owner@example.com", "nobody") for word in MERCHANT]
    result = operator.types(*wrong)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "[merchant.invalid]" in result.stderr
    assert "  prefix: " in result.stderr
    assert "  contact_email: " in result.stderr
    assert operator.types("merchant", "show", "nobody").exit_code == 1


def test_a_certificate_is_shown_and_spent_by_argument_stdin_and_prompt(operator: Operator) -> None:
    number = operator.has_card(gratuity=1500)
    assert operator.asks("certificate", "show", number)["balance"] == "100.00"
    assert operator.asks("certificate", "redeem", number, "25.00", "--gratuity", "5")["balance"] == "75.00"
    assert operator.asks("certificate", "redeem", "-", "25", stdin=f"{in_groups(number)}\n")["balance"] == "50.00"
    prompted = operator.types("certificate", "redeem", "10.00", stdin=f"{number}\n")
    assert prompted.exit_code == 0
    assert "40.00 remain" in prompted.output
    assert number not in prompted.output
    shown = operator.types("certificate", "show", number)
    assert number[-4:] in shown.output
    assert number not in shown.output
    both = ("--operation-id", str(uuid4()), "--idempotency-key", "table 7")
    assert operator.types("certificate", "redeem", number, "1.00", *both).exit_code == 2


def test_rates_ask_for_the_same_in_whatever_order(operator: Operator) -> None:
    number = operator.has_card(treatment=TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE"))
    rates = ("--rate", "19=6.00", "--rate", "7=4.00")
    once = ("certificate", "redeem", number, "10.00", "--idempotency-key", "table 7")
    assert not operator.asks(*once, *rates)["replayed"]
    assert operator.asks(*once, *rates[2:], *rates[:2])["replayed"]


def test_a_certificate_is_found_by_the_redeem_url_that_its_code_holds(operator: Operator) -> None:
    number = operator.has_card()
    scanned = f"https://gifts.example.com/gifts/redeem.html?code={number}"
    assert operator.asks("certificate", "show", scanned)["balance"] == "100.00"
    spent = operator.types("certificate", "redeem", "-", "25", stdin=f"{scanned}\n")
    assert "75.00 remain" in spent.output
    assert number not in spent.output


def test_a_certificate_is_named_by_its_id_with_its_merchant(operator: Operator) -> None:
    certificate_id = operator.asks("certificate", "show", operator.has_card())["certificate_id"]
    by_id = ("--id", certificate_id, "--merchant", "corner-spa")
    assert operator.asks("certificate", "redeem", *by_id, "1.00")["balance"] == "99.00"
    assert operator.types("certificate", "show", "--id", certificate_id).exit_code == 2
    assert operator.types("certificate", "redeem", *by_id).exit_code == 2


def test_a_command_repeated_under_its_key_happens_once(operator: Operator) -> None:
    number = operator.has_card()
    spend = ("certificate", "redeem", number, "30.00", "--idempotency-key", "receipt 9")
    first, again = operator.asks(*spend), operator.asks(*spend)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["operation_id"] == again["operation_id"]
    other = operator.types("certificate", "redeem", number, "31.00", "--idempotency-key", "receipt 9")
    assert other.exit_code == 1
    assert "[operation.conflict]" in other.stderr
    undone = operator.asks("certificate", "reverse", number, "--redemption", first["operation_id"])
    assert undone["balance"] == "100.00"


@pytest.mark.parametrize(
    "amount, code",
    [("25.001", "amount.decimals"), ("NaN", "amount.invalid"), ("1e400", "amount.invalid"), ("0", "amount.refused"),
     ("100.01", "certificate.balance.insufficient")],
)  # fmt: skip
def test_an_amount_that_makes_no_sense_is_refused_by_code(operator: Operator, amount: str, code: str) -> None:
    result = operator.types("certificate", "redeem", operator.has_card(), amount)
    assert result.exit_code == 1
    assert f"[{code}]" in result.stderr


def test_a_wrong_number_is_refused_without_being_repeated(operator: Operator) -> None:
    operator.has_card()
    for typed in ("GL000", "GL-7K2M-9QXR-4T8W-HB3C", "", "x" * 200):
        result = operator.types("certificate", "show", typed)
        assert result.exit_code == 1
        assert "[certificate.unknown]" in result.stderr
        assert not typed or typed not in result.output


def test_a_key_that_is_empty_is_refused(operator: Operator) -> None:
    number = operator.has_card()
    for key in ("", "  "):
        result = operator.types("certificate", "redeem", number, "30.00", "--idempotency-key", key)
        assert result.exit_code == 2
        assert "it is empty" in result.stderr
    assert operator.asks("certificate", "show", number)["balance"] == "100.00"


def test_where_nobody_can_be_asked_for_the_number_that_is_said(operator: Operator) -> None:
    result = operator.types("certificate", "show", stdin="")
    assert result.exit_code == 2
    assert "Certificate number is missing" in result.stderr
    assert "getpass" not in result.output


def test_a_fault_that_is_the_whole_message_is_told_once(operator: Operator) -> None:
    result = operator.types("certificate", "hold", operator.has_card(), "5", "--for", "0h")
    assert result.exit_code == 1
    assert result.stderr.count("[hold.duration.invalid]") == 1


def test_a_tab_is_held_captured_and_released(operator: Operator) -> None:
    number = operator.has_card()
    tab = operator.asks("certificate", "hold", number, "60.00", "--for", "90m")
    assert tab["held"] == "60.00"
    other = operator.asks("certificate", "hold", number, "10.00")
    assert operator.asks("certificate", "release", number, "--hold", other["operation_id"])["held"] == "60.00"
    taken = operator.asks("certificate", "capture", number, "45.00", "--hold", tab["operation_id"])
    assert (taken["balance"], taken["held"]) == ("55.00", "0.00")
    assert operator.types("certificate", "hold", number, "1", "--for", "soon").exit_code == 2


def test_staff_reload_adjust_block_extend_refund_and_void(operator: Operator) -> None:
    number = operator.has_card()
    assert operator.asks("certificate", "reload", number, "10.00", "--paid-by", "cash")["balance"] == "110.00"
    assert operator.asks("certificate", "adjust", number, "--by", "-5.00", "--memo", "typed twice")["value"] == "-5.00"
    assert operator.types("certificate", "adjust", number, "--by", "5.00").exit_code == 1
    operator.asks("certificate", "block", number, "--memo", "lost")
    assert "[certificate.blocked]" in operator.types("certificate", "redeem", number, "1").stderr
    operator.asks("certificate", "unblock", number)
    operator.asks("certificate", "extend", number, "--through", "2078-06-30")
    assert operator.asks("certificate", "show", number)["good_through"] == "2078-06-30"
    assert operator.types("certificate", "extend", number).exit_code == 2
    assert operator.types("certificate", "extend", number, "--through", "2027-02-30").exit_code == 2
    assert operator.asks("certificate", "refund", number, "--amount", "5.00")["balance"] == "100.00"
    refused = operator.types("certificate", "void", number, stdin="n\n")
    assert refused.exit_code == 1
    unsaid = operator.types("certificate", "void", number, "--yes")
    assert (unsaid.exit_code, "[certificate.reason.missing]" in unsaid.stderr) == (1, True)
    assert operator.asks("certificate", "void", number, "--yes", "--reason", "error")["balance"] == "0.00"
    assert operator.types("certificate", "refund", number).exit_code == 1


def test_a_card_is_prepared_and_activated_once(operator: Operator) -> None:
    assert operator.types(*MERCHANT).exit_code == 0
    asked = ("certificate", "prepare", "--merchant", "corner-spa", "--idempotency-key", "card 1")
    made, again = (operator.asks(*asked) for _ in range(2))
    number = made["new"]["number"]
    assert (made["kind"], made["new"], again["replayed"]) == ("prepare", again["new"], True)
    shown = operator.asks("certificate", "show", number)
    assert (shown["status"], shown["class_of_value"], shown["balance"]) == ("inactive", None, "0.00")
    for refused in (
        ("redeem", number, "1.00"),
        ("reload", number, "1.00", "--paid-by", "cash"),
        ("block", number),
        ("reissue", number),
    ):
        assert "[certificate.inactive]" in operator.types("certificate", *refused).stderr
    assert operator.types("certificate", "activate", number, "50.00").exit_code == 2
    beyond = operator.types("certificate", "activate", number, "50.00", "--paid-by", "cash", "--through", "9999-12-31")
    assert "[certificate.extension.refused]" in beyond.stderr
    sold = operator.asks("certificate", "activate", number, "50.00", "--paid-by", "cash", "--through", "2027-12-31")
    assert (sold["kind"], sold["value"], sold["balance"]) == ("activate", "50.00", "50.00")
    shown = operator.asks("certificate", "show", number)
    assert (shown["status"], shown["class_of_value"], shown["good_through"]) == ("active", "paid", "2027-12-31")
    twice = operator.types("certificate", "activate", number, "50.00", "--paid-by", "cash", "--for-ever")
    assert "[certificate.activated]" in twice.stderr
    assert operator.asks("certificate", "redeem", number, "20.00")["balance"] == "30.00"
    people = operator.types("certificate", "prepare", "--merchant", "corner-spa", "--currency", "eur").output
    other = people.rsplit("number ", 1)[1].strip()
    given = operator.asks("certificate", "activate", other, "5.00", "--paid-by", "given", "--for-ever")
    assert (given["currency"], given["balance"]) == ("EUR", "5.00")
    assert operator.asks("certificate", "redeem", other, "5.00")["given_away"] == "5.00"


def test_a_card_is_sold_at_a_location_with_the_tax_and_the_validity_of_an_offering(operator: Operator) -> None:
    assert operator.types(*MERCHANT).exit_code == 0
    operator.asks("location", "add", "corner-spa", "TILL", "--name", "The till", "--books-sale", "till")
    offering = ("catalog", "offering", "add", "hot-stone", "--merchant", "corner-spa", "--kind", "amount")
    taxed = ("--tax-kind", "single_purpose", "--tax", "19", "--tax-country", "DE")
    operator.asks(*offering, "--title", "Hot", "--presets", "119", "--validity", "12m", *taxed)

    def card() -> str:
        made: str = operator.asks("certificate", "prepare", "--merchant", "corner-spa")["new"]["number"]
        return made

    first, second = card(), card()
    unsaid = operator.types("certificate", "activate", first, "119.00", "--paid-by", "cash")
    assert (unsaid.exit_code, "--offering" in unsaid.stderr) == (2, True)
    unpaid = operator.types("certificate", "activate", first, "119.00", "--for-ever")
    assert (unpaid.exit_code, "--paid-by" in unpaid.stderr) == (2, True)
    sold = ("--paid-by", "cash", "--location", "TILL", "--offering", "hot-stone")
    assert operator.asks("certificate", "activate", first, "119.00", *sold)["included_tax"] == "19.00"
    assert operator.asks("certificate", "show", first)["good_through"] is not None
    own = ("--tax", "7", "--for-ever")
    assert operator.asks("certificate", "activate", second, "107.00", *sold, *own)["included_tax"] == "7.00"
    assert operator.asks("certificate", "show", second)["good_through"] is None
    journal = operator.asks("certificate", "statement", first)["journal"]
    assert {(row["debit"], row["location"]) for row in journal if row["leg"] == "value"} == {
        ("tender_clearing", "TILL")
    }
    wrong = operator.types("certificate", "activate", card(), "1.00", *sold, "--tax", "0")
    assert "[sale.tax]" in wrong.stderr


def test_lots_are_listed_and_refunded_by_name(operator: Operator) -> None:
    number = operator.has_card(order_number="GL-7", gratuity=500)
    operator.asks("certificate", "reload", number, "10.00", "--paid-by", "cash")
    operator.asks("certificate", "adjust", number, "--by", "1.00", "--memo", "an apology")
    bought, reloaded, given = operator.asks("certificate", "show", number)["lots"]
    assert [one["order_number"] for one in (bought, reloaded, given)] == ["GL-7", None, None]
    assert (bought["value"], bought["gratuity"], bought["paid"]) == ("100.00", "5.00", "105.00")
    assert (reloaded["value"], reloaded["paid"], given["value"], given["paid"]) == ("10.00", "10.00", "1.00", "0.00")
    people = operator.types("certificate", "statement", number).output
    assert f"lot {bought['lot_id']}  order GL-7  100.00 and 5.00 gratuity left, paid 105.00" in people

    taken = operator.asks("certificate", "refund", number, "--lot", reloaded["lot_id"])
    assert (taken["value"], taken["balance"]) == ("10.00", "101.00")
    assert operator.asks("certificate", "refund", number)["balance"] == "1.00"
    assert (
        "[certificate.lot.not_found]"
        in operator.types("certificate", "refund", number, "--lot", given["lot_id"]).stderr
    )
    assert [one["value"] for one in operator.asks("certificate", "show", number)["lots"]] == ["1.00"]


def test_a_statement_tells_the_whole_story(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("certificate", "redeem", number, "25.00", "--memo", "two massages")
    told = operator.asks("certificate", "statement", number)
    assert [row["kind"] for row in told["journal"]] == ["issue", "redeem"]
    assert told["journal"][1]["actor"].startswith("cli:")
    people = operator.types("certificate", "statement", number).output
    assert "two massages" in people
    assert number not in people


def test_a_number_with_a_currency_is_redeemed_without_looking_at_the_certificate(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("location", "add", "corner-spa", "BAR", "--name", "The bar")
    words = ("certificate", "redeem", number, "25.00", "--currency", "usd", "--idempotency-key", "receipt 9")
    first = operator.asks(*words, "--location", "BAR")
    assert (first["balance"], first["replayed"]) == ("75.00", False)
    again = operator.asks("certificate", "redeem", *words[2:4], *words[6:], "--location", "BAR")
    assert again["replayed"], "it is the same request as one that has looked"
    assert operator.asks("certificate", "statement", number)["journal"][1]["location"] == "BAR"
    for wrong in (make_number("GL"), make_number("ZZ"), "nonsense"):  # of the only merchant, maybe
        refused = operator.types("certificate", "redeem", wrong, "1", "--currency", "USD")
        assert (refused.exit_code, "[certificate.not_found]" in refused.stderr) == (1, True)
        assert wrong not in refused.stderr


def test_a_redemption_is_told_where_it_happens(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("location", "add", "corner-spa", "BAR", "--name", "The bar", "--time-zone", "Pacific/Auckland")
    code = operator.asks("device", "add", "corner-spa", "Bar left", "--location", "BAR")["code"]
    operator.asks("device", "enrol", "corner-spa", code)
    assert "[device.not_live]" in operator.types("certificate", "redeem", number, "1", "--device", "Bar left").stderr
    device_id = operator.asks("device", "confirm", "corner-spa", "Bar left")["device_id"]
    operator.asks("certificate", "redeem", number, "25.00", "--location", "bar", "--entry-mode", "typed")
    tab = operator.asks("certificate", "hold", number, "10.00", "--device", "bar left")["operation_id"]
    operator.asks("certificate", "capture", number, "10.00", "--hold", tab, "--location", "MAIN")
    _, redeemed, held, captured = operator.asks("certificate", "statement", number)["journal"]
    assert (redeemed["location"], redeemed["booked_on"], redeemed["entry_mode"]) == ("BAR", "2026-11-23", "typed")
    assert (held["location"], held["device_id"], redeemed["device_id"]) == ("BAR", device_id, None)
    assert (captured["location"], captured["booked_on"]) == ("MAIN", "2026-11-22")
    assert "BAR      redeem" in operator.types("certificate", "statement", number).output
    for words, status, told in (
        (("--location", "NOWHERE"), 1, "[location.unknown]"),
        (("--device", "nothing"), 1, "[device.unknown]"),
        (("--location", "BAR", "--device", "Bar left"), 2, "a device says where it is"),
    ):
        refused = operator.types("certificate", "redeem", number, "1", *words)
        assert (refused.exit_code, told in refused.stderr) == (status, True)
    operator.asks("device", "revoke", "corner-spa", "Bar left")
    operator.asks("location", "close", "corner-spa", "BAR")
    assert "[location.closed]" in operator.types("certificate", "hold", number, "1", "--location", "BAR").stderr


def test_a_number_is_revealed_reissued_and_merged(operator: Operator) -> None:
    number = operator.has_card()
    shown = operator.types("certificate", "reveal", number, "--reason", "reprint")
    assert shown.output.strip() == in_groups(number)
    assert operator.types("certificate", "reveal", number, "--reason", "").exit_code == 1
    fresh = operator.asks("certificate", "reissue", number, "--memo", "photographed")["new"]["number"]
    assert operator.asks("certificate", "show", fresh)["balance"] == "100.00"
    assert "[certificate.void]" in operator.types("certificate", "redeem", number, "1").stderr
    moved = operator.types("certificate", "transfer", fresh, number, "--amount", "1.00")
    assert moved.exit_code == 1


def test_the_nightly_expiry_can_be_run_by_hand(operator: Operator) -> None:
    operator.has_card()
    operator.clock.moment = datetime.now(UTC)
    assert operator.asks("certificate", "expire") == {"certificates": 0, "holds": 0}
    operator.clock.moment = AFTERWARDS
    refused = operator.types("certificate", "expire")
    assert (refused.exit_code, "[clock.differs]" in refused.stderr) == (1, True)
    assert operator.asks("certificate", "expire", "--anyway") == {"certificates": 1, "holds": 0}


def test_an_expiry_that_was_wrong_is_undone_once_and_only_where_the_certificate_is_good_after_it(
    operator: Operator,
) -> None:
    number = operator.has_card()
    assert "[expiry.not_found]" in operator.types("certificate", "reinstate", number).stderr
    operator.clock.moment = AFTERWARDS
    operator.asks("certificate", "expire", "--anyway")
    operator.clock.moment = NOW
    words = ("certificate", "reinstate-all", "--merchant", "corner-spa", "--memo", "our clock ran ahead")
    assert operator.asks(*words) == {"certificates": 1}
    assert operator.asks(*words) == {"certificates": 0}
    assert operator.asks("certificate", "show", number)["status"] == "active"

    operator.clock.moment = AFTERWARDS
    operator.asks("certificate", "expire", "--anyway")
    assert "[certificate.reinstatement.lapsed]" in operator.types("certificate", "reinstate", number).stderr
    asked = ("certificate", "reinstate", number, "--through", "2079-05-01", "--idempotency-key", "k")
    first, again = operator.asks(*asked), operator.asks(*asked)
    assert (first["kind"], first["value"], first["balance"]) == ("reinstate", "100.00", "100.00")
    assert (again["replayed"], again["seq"]) == (True, first["seq"])
    assert operator.asks("certificate", "show", number)["good_through"] == "2079-05-01"
    assert "[expiry.already_undone]" in operator.types("certificate", "reinstate", number, "--for-ever").stderr
    assert operator.types("ledger", "verify").exit_code == 0


def test_rows_from_the_future_are_known_for_wrong_once_the_clock_is_accepted(operator: Operator) -> None:
    operator.clock.moment = datetime.now(UTC)
    operator.has_card()
    assert operator.asks("clock", "show")["duties"] == "running"
    operator.clock.moment += timedelta(hours=2)
    assert operator.asks("clock", "show")["duties"] == "stopped: the clocks differ"
    assert "[clock.differs]" in operator.types("clock", "accept").stderr
    operator.clock.moment -= timedelta(hours=2)
    assert operator.asks("clock", "show")["duties"] == "waiting ten minutes"
    assert operator.asks("clock", "accept")["duties"] == "running"
    assert "duties" in operator.types("clock", "show").output


@pytest.mark.parametrize("verb", ["redeem", "hold"])
def test_an_amount_in_another_currency_than_the_certificates_is_refused(operator: Operator, verb: str) -> None:
    number = operator.has_card()
    assert (
        "[certificate.currency.mismatch]"
        in operator.types("certificate", verb, number, "1000", "--currency", "jpy").stderr
    )
    assert "[currency.unknown]" in operator.types("certificate", verb, number, "1", "--currency", "XXQ").stderr
    done = operator.asks("certificate", verb, number, "25.00", "--currency", "usd")
    assert done["value"] == "25.00"
    if verb == "hold":
        words = ("certificate", "capture", number, "20.00", "--hold", done["operation_id"])
        assert "[certificate.currency.mismatch]" in operator.types(*words, "--currency", "EUR").stderr
        assert operator.asks(*words, "--currency", "USD")["balance"] == "80.00"


def test_keys_are_listed_rotated_checked_and_retired(operator: Operator) -> None:
    number = operator.has_card()
    [old] = operator.asks("keys", "list")
    assert old["sealed"] == {"certificate numbers": 1}
    assert operator.types("keys", "retire", old["key_id"], "--yes").exit_code == 1
    assert operator.types("keys", "rotate").exit_code == 0
    assert "1 numbers checked, 0 cannot be opened" in operator.types("keys", "check").output
    assert operator.types("keys", "reseal").output.startswith("0 secrets")
    early = operator.types("keys", "retire", old["key_id"], "--yes")
    assert "[key.in_use]" in early.stderr
    operator.clock.moment = NOW.replace(hour=16)
    assert operator.types("keys", "retire", old["key_id"], "--yes").exit_code == 0
    assert len(operator.asks("keys", "list")) == 1
    assert operator.asks("certificate", "show", number)["balance"] == "100.00"
    assert operator.keys.read_text() not in operator.types("keys", "list").output


def test_numbers_whose_key_is_lost_are_told(operator: Operator) -> None:
    operator.has_card()
    operator.keys.unlink()
    result = operator.types("keys", "check")
    assert result.exit_code == 1
    assert "1 cannot be opened" in result.output
    assert [key["use"] for key in operator.asks("keys", "list")] == ["current", "lost"]


def test_the_books_are_proved_and_a_forged_balance_is_found(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("certificate", "redeem", number, "25.00")
    assert "clean" in operator.types("ledger", "verify").output
    accounts = operator.types("ledger", "trial-balance")
    assert accounts.exit_code == 0
    assert "certificates_outstanding" in accounts.output

    async def forge(application: CommandDependencies) -> None:
        async with application.database.connection() as connection:
            await connection.execute("UPDATE certificates SET balance = balance + 1000000")

    Runtime(operator.application).run(forge)
    found = operator.types("ledger", "verify", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout.splitlines()[0])["finding"]
