"""The page about postings is written from the table, and says all of it."""

from pathlib import Path

from largesse.app.posting_table import document
from largesse.ledger.entry_rules import RULES
from largesse.ledger.postings import POSTINGS

PAGE = Path(__file__).parents[3] / "docs" / "internals" / "postings.md"


def test_the_page_about_postings_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run `make docs`"


def test_every_posting_stands_on_it() -> None:
    certificates, _, others = document().partition("## Entries of other subjects")
    rows = [line for line in certificates.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len({(one.kind, one.leg, one.debit, one.credit) for one in POSTINGS})
    entries = [line for line in others.splitlines() if line.startswith("| ")][1:]
    assert len(entries) == len(RULES)
    assert "| match | partner | invoice | partner_credit | partner_receivable | partner, invoice |" in entries
    assert "| redeem | tax_due | redeemed | tax_payable |" in document()
