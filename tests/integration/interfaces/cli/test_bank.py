"""`largesse bank`: accounts, what a CSV's columns mean, and statements."""

from pathlib import Path

import pytest

from tests.builders.bank_files import IBAN, a_line, a_statement, camt, csv_file, mt940
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_an_account_and_its_statements_in_every_format(operator: Operator, tmp_path: Path) -> None:
    operator.asks(*MERCHANT)
    added = operator.asks("bank", "add", "corner-spa", "Giro", "--number", IBAN, "--currency", "EUR")
    assert (added["number"], added["in_use"]) == (IBAN, True)

    def bring(name: str, content: bytes, *more: str) -> list[str]:
        path = tmp_path / name
        path.write_bytes(content)
        return ["bank", "import", "corner-spa", "giro", str(path), *more]

    first = a_statement([a_line()])
    taken = operator.asks(*bring("day.xml", camt(first)))
    assert (taken["added"], taken["lines"], taken["format"]) == (1, 1, "camt.053.001.08")
    assert "nothing new" in operator.types(*bring("day.xml", camt(first))).output
    second = a_statement([a_line(20_00, place=2)], opening=1_100_00)
    assert operator.asks(*bring("day.sta", mt940(second)))["added"] == 1

    refused = operator.types(*bring("cut.xml", camt(second)[:-200]))
    assert (refused.exit_code, "bank.file.cut" in refused.stderr) == (1, True)
    table = csv_file([a_line(-3_00, place=3, text="Fee")])
    assert "bank.columns.missing" in operator.types(*bring("day.csv", table)).stderr
    guessed = operator.asks("bank", "columns", "corner-spa", "giro", "--from", str(tmp_path / "day.csv"))
    assert guessed["columns"]["amount"] == "Betrag"
    assert operator.asks(*bring("day.csv", table))["added"] == 1

    lines = operator.asks("bank", "lines", "corner-spa", "--state", "open", "--account", IBAN)
    assert sorted(one["amount"] for one in lines) == ["-3.00", "100.00", "20.00"]
    assert len(operator.asks("bank", "statements", "corner-spa")) == 3
    assert operator.asks("bank", "retire", "corner-spa", "giro")["in_use"] is False
    assert "retired" in operator.types("bank", "list", "corner-spa").output
    balances = {one["account"]: one["closing"] for one in operator.asks("report", "balances", "corner-spa")["lines"]}
    assert balances == {"bank": "117.00", "bank_clearing": "-117.00"}


def test_lines_are_matched_from_the_command_line_and_payouts_and_rates_kept(operator: Operator, tmp_path: Path) -> None:
    operator.asks(*MERCHANT)
    operator.asks("partner", "add", "corner-spa", "Partner Ltd", "--contact-email", "orders@partner.example")
    operator.asks("bank", "add", "corner-spa", "Giro", "--number", IBAN, "--currency", "USD")

    def given(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    lines = [a_line(amount, place=place, currency="USD") for place, amount in enumerate((50_00, -3_00, 7_00, -5_00), 1)]
    statement = camt(a_statement(lines, currency="USD"))
    operator.asks("bank", "import", "corner-spa", "giro", given("day.xml", statement))
    known = {one["amount"]: one["line_id"] for one in operator.asks("bank", "suggest", "corner-spa")}
    paid = operator.asks("bank", "match", "corner-spa", known["50.00"], "--partner", "Partner Ltd", "--amount", "40.00")
    assert (paid["what"], paid["amount_minor"]) == ("payment", 40_00)
    assert operator.asks("bank", "match", "corner-spa", known["-3.00"], "--fee")["what"] == "fee"
    back = operator.asks("bank", "match", "corner-spa", known["-5.00"], "--paid-back", "Partner Ltd")
    assert back["what"] == "paid_back"
    aside = operator.asks("bank", "set-aside", "corner-spa", known["7.00"], "--note", "Whose?")
    assert (aside["state"], aside["note"]) == ("set_aside", "Whose?")
    unclear = operator.types("bank", "match", "corner-spa", known["7.00"])
    assert unclear.exit_code == 2
    story = operator.asks("bank", "show", "corner-spa", known["50.00"])
    assert (story["left"], [one["what"] for one in story["matches"]]) == ("10.00", ["payment"])
    operator.asks("bank", "unmatch", "corner-spa", back["match_id"])
    assert operator.asks("bank", "unmatch", "corner-spa", paid["match_id"])["left"] == "50.00"
    refused = operator.types("bank", "unmatch", "corner-spa", paid["match_id"])
    assert (refused.exit_code, "bank.match.undone" in refused.stderr) == (1, True)

    typed = operator.asks("bank", "pay", "corner-spa", "Partner Ltd", "--amount", "50.00", "--to", "giro")
    awaited = ("--awaited", "statement_line", typed["payment_id"])
    assert operator.asks("bank", "match", "corner-spa", known["50.00"], *awaited)["what"] == "awaited"
    gone = operator.types("bank", "take-back", "corner-spa", typed["payment_id"])
    assert "partner.payment.used" in gone.stderr
    assert {one["source"] for one in operator.asks("bank", "payments", "corner-spa")} == {"line", "hand"}

    table = b"payout,arrives_on,currency,what,reference,gross,fee\npo_1,2026-11-20,USD,payment,pi_1,10.00,0.50\n"
    [payout] = operator.asks("bank", "import-payouts", "corner-spa", given("p.csv", table))
    assert (payout["amount"], payout["fees"]) == ("9.50", "0.50")
    assert [one["again"] for one in operator.asks("bank", "payouts", "corner-spa")] == [False]
    items = operator.asks("bank", "open-items", "corner-spa")
    assert sorted((one["account"], one["kind"], one["amount"]) for one in items) == [
        ("bank_clearing", "payout", "9.50"),
        ("bank_clearing", "statement_line", "-7.00"),
        ("bank_clearing", "statement_line", "5.00"),
        ("gateway_clearing", "payout_line", "-10.00"),
    ]
    operator.asks("rate", "set", "corner-spa", "EUR", "0.92", "--on", "2026-11-20", "--source", "ECB")
    rates = given("r.csv", b"Date,EUR,JPY\n2026-11-21,0.93,150\n")
    assert len(operator.asks("rate", "import", "corner-spa", rates, "--source", "ECB")) == 2
    assert [one["rate"] for one in operator.asks("rate", "list", "corner-spa", "--currency", "EUR")] == ["0.93", "0.92"]
