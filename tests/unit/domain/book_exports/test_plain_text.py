"""What beancount and hledger themselves make of our journals."""

import shutil
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from largesse.domain.book_exports import BookFormat, BookLine, starter_charts
from largesse.domain.book_exports.plain_text import account_names, root_of
from largesse.ledger import Account
from tests.builders.book_exports import SKR03, a_head, a_line, line_lists, mapped, moved, written

HLEDGER = shutil.which("hledger")
FEW = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line_lists())
def test_beancount_reads_any_lines_without_a_fault_and_comes_to_the_same(tmp_path: Path, lines: list[BookLine]) -> None:
    saved(tmp_path, written(BookFormat.BEANCOUNT, lines))
    entries, faults, _ = loader.load_file(str(tmp_path / "main-12.beancount"))
    assert faults == []
    codes = {name: code for code, name in account_names(SKR03).items()}
    sums = Counter[str]()
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                assert posting.units is not None
                assert isinstance(posting.units.number, Decimal)
                sums[codes[posting.account]] += int(posting.units.number * 100)
    assert Counter({code: total for code, total in sums.items() if total}) == moved(lines)


def test_bean_check_accepts_a_set_of_every_chart(tmp_path: Path) -> None:
    for key, chart in starter_charts().items():
        lines = [
            a_line(number, text='He said "a\\b"', location="Bar", debit=one, credit=mapped(Account.BANK, chart.lines))
            for number, one in enumerate(chart.lines, 1)
        ]
        folder = tmp_path / key
        folder.mkdir()
        saved(folder, written(BookFormat.BEANCOUNT, lines, a_head(*lines, lines=chart.lines)))
        check = [sys.executable, "-m", "beancount.scripts.check", str(folder / "main-12.beancount")]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), key


@pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed (Debian's package hledger)")
@FEW
@given(line_lists())
def test_hledger_checks_any_lines_and_comes_to_the_same(tmp_path: Path, lines: list[BookLine]) -> None:
    [(name, data)] = written(BookFormat.HLEDGER, lines).items()
    path = tmp_path / name
    path.write_bytes(data)

    def run(*asked: str) -> str:
        done = subprocess.run(
            [str(HLEDGER), "-f", str(path), *asked],
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("check", "--strict")
    told = run("balance", "--flat", "--no-total", "--output-format=csv")
    codes = {name: code for code, name in account_names(SKR03).items()}
    sums = {}
    for row in told.splitlines()[1:]:
        account, amount = row.strip('"').split('","')
        sums[codes[account]] = int(Decimal(amount.removeprefix("EUR ")) * 100)
    assert sums == moved(lines)


def test_each_code_has_a_name_of_its_own_below_its_root() -> None:
    same = [
        replace(mapped(Account.BANK), code="1200", name="Bank"),
        replace(mapped(Account.CASH), code="1200 Bank", name=""),
    ]
    assert sorted(account_names(same).values()) == ["Assets:1200-Bank", "Assets:1200-Bank-2"]
    whole = replace(mapped(Account.REDEEMED), code="Income:Gifts:Redeemed")
    assert account_names([whole]) == {"Income:Gifts:Redeemed": "Income:Gifts:Redeemed"}
    shared = [replace(mapped(Account.OPENING_BALANCES), code="1700"), mapped(Account.CERTIFICATES_OUTSTANDING)]
    assert set(account_names(shared)) == {"1700"}
    assert account_names(shared)["1700"].startswith("Liabilities:"), "what carried them is a liability"
    roots = {account: root_of(account) for account in Account}
    assert roots[Account.REDEEMED] == "Income"
    assert roots[Account.GATEWAY_FEES] == "Expenses"
    assert roots[Account.TAX_PAYABLE] == "Liabilities"
