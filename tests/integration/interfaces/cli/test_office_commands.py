"""What the office does, typed at a command line: today, search, the audit log, paper, mails, undo, codes for PINs."""

from pathlib import Path

import pytest

from largesse.app.application import Application
from largesse.domain.merchants import find_merchant
from largesse.domain.staff import Role
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.staff import a_worker
from tests.builders.tills import a_pin
from tests.integration.interfaces.cli.test_commands import Operator
from tests.integration.interfaces.cli.test_order_sell import OFFERING

AT = ("--merchant", "corner-spa")
SELL = ("order", "sell", *AT, "--tender", "cash", "--offering", "any", "--amount", "50.00")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_today_search_and_the_audit_log_are_read(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks(*OFFERING)
    order = operator.asks(*SELL, "--to", "Anna")["order"]["order_number"]
    today = operator.asks("today", "corner-spa")
    assert (today["sold"], today["redeemed"], today["outstanding"]) == ("150.00", "0.00", "150.00")
    assert "sold today       150.00 USD" in operator.types("today", "corner-spa").stdout
    assert operator.asks("search", "corner-spa", order)["orders"] == [{"order_number": order}]
    assert [one["order_number"] for one in operator.asks("search", "corner-spa", "anna")["orders"]] == [order]
    assert operator.types("search", "corner-spa", "nobody").stdout == "Nothing is found.\n"
    [found] = operator.asks("search", "corner-spa", number)["certificates"]
    log = operator.asks("audit", "list", "corner-spa", "--action", "certificate.number.searched")
    assert [one["subject"] for one in log["entries"]] == [found["certificate_id"]]
    first = operator.asks("audit", "list", "corner-spa", "--limit", "1")
    rest = operator.asks("audit", "list", "corner-spa", "--after", first["after"])
    assert first["entries"][0]["audit_id"] not in {one["audit_id"] for one in rest["entries"]}
    assert number not in operator.types("audit", "list", "corner-spa").stdout


def test_what_was_sold_is_printed_and_undone_and_a_sheet_is_written_with_a_reason(
    operator: Operator, tmp_path: Path
) -> None:
    number, page = operator.has_card(), tmp_path / "sheet.pdf"
    operator.asks(*OFFERING)
    assert operator.types("certificate", "pdf", number, "--reason", "paper was lost", "-o", str(page)).exit_code == 0
    assert page.read_bytes().startswith(b"%PDF")
    log = operator.asks("audit", "list", "corner-spa", "--action", "certificate.number.revealed")
    assert [one["reason"] for one in log["entries"]] == ["paper was lost"]
    sold = operator.asks(*SELL)["order"]
    printing = ("order", "print", sold["order_number"], *AT, "--paper", "80", "-o", str(page))
    assert "print 1 of" in operator.types(*printing).stderr
    assert b"on 80 mm" in page.read_bytes()
    other = operator.types("order", "undo", sold["order_number"], *AT, "--certificate", "-", stdin=number)
    assert "[counter.undo.other_certificate]" in other.stderr
    show = ("certificate", "reveal", "--id", sold["certificate_id"], *AT, "--reason", "undo")
    paper = operator.types(*show).stdout.strip()
    undo = ("order", "undo", sold["order_number"], *AT, "--certificate", "-", "--idempotency-key", "oops")
    assert operator.types(*undo, stdin=paper).stdout == f"{sold['order_number']} undone, 50.00 USD back\n"
    assert "undone before" in operator.types(*undo, stdin=paper).stdout


def test_a_gift_is_mailed_again_and_its_recipient_corrected(operator: Operator) -> None:
    operator.has_card()
    operator.asks(*OFFERING)
    number = operator.asks(*SELL, "--to", "Anna", "--email", "anna@example.com")["order"]["order_number"]
    assert "for anna@example.com" in operator.types("order", "send-again", number, *AT).stdout
    fixed = operator.types("order", "correct", number, *AT, "--email", "ann@example.com")
    assert f"{number} for ann@example.com" in fixed.stdout
    wrong = operator.types("order", "correct", number, *AT, "--email", "nobody")
    assert (wrong.exit_code, "[gift.recipient.invalid]" in wrong.stderr) == (1, True)


def test_a_code_for_a_pin_is_made_for_who_works_at_the_counter(operator: Operator) -> None:
    operator.has_card()

    async def hires(_: CommandDependencies) -> None:
        async with operator.application() as application:
            await _hired(application)

    Runtime(operator.application).run(hires)
    made = operator.types("staff", "pin-code", "corner-spa", "bob@bakery.example")
    assert (made.exit_code, made.stdout.count("-")) == (0, 1)
    refused = operator.types("staff", "pin-code", "corner-spa", "ida@bakery.example")
    assert refused.exit_code == 1


async def _hired(application: Application) -> None:
    async with application.database.connection() as connection:
        merchant = await find_merchant(connection, "corner-spa")
    await a_pin(application, await a_worker(application, merchant, email="bob@bakery.example", role=Role.CLERK))
    await a_worker(application, merchant, email="ida@bakery.example", role=Role.BOOKKEEPER)
