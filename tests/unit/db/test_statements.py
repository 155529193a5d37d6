"""Rules that every named statement keeps, read by PostgreSQL's own parser (docs/decisions/0063)."""

import re
from collections import defaultdict
from functools import cache

import pytest
from pglast import parse_sql

from tests.support.each import hold_for_each
from tests.support.statements import SOURCE, Statement, functions, read, recursive, statements, unbound, written

SHARED = {"routes": "the directory from keys and order numbers to merchants: both write their own kind"}
_BY_NUMBER = (
    "a redemption finds its certificate by its number under the lock (docs/decisions/0103-redeeming-by-number.md)"
)
READS_OF_OTHERS = {
    "domain/book_exports:take_rows": "links rows of the journal in one statement, however many there are",
    "domain/orders:numbers_of_others": "asks the directory, which is shared",
    "ledger:lock_named_certificates": _BY_NUMBER,
    "ledger:lock_free_named_certificates": _BY_NUMBER,
    "ledger:standing_named_certificates": _BY_NUMBER,
}

_DUE = "finds what is due of all merchants; the work on it then goes merchant by merchant"
_PROOF = "proves the whole installation, or the merchant that is named"
_KEYS = "keys belong to the installation, and so does what they seal"
_DIRECTORY = "leads from what a stranger presents to a merchant"
OF_ALL_MERCHANTS = {
    "domain/approvals:merchants_with_lapsed_secrets": _DUE,
    "domain/shop_counts:counts_to_forget": _DUE,
    "domain/book_exports:schedule_merchants": _DUE,
    "domain/invoices:merchants_that_remind": _DUE,
    "domain/withdrawals:merchants_with_open": _DUE,
    "services/invoices:monthly_partners": _DUE,
    "domain/cards:batches_under_way": _DUE,
    "domain/certificates:count_by_key": _KEYS,
    "domain/certificates:holds_any": _KEYS,
    "domain/certificates:lock_batch": _KEYS,
    "domain/certificates:page": _KEYS,
    "domain/drafts:merchants_with_old": _DUE,
    "domain/gifts:merchants_due": _DUE,
    "domain/imports:count_by_key": _KEYS,
    "domain/imports:holds_any": _KEYS,
    "domain/imports:lock_batch": _KEYS,
    "domain/imports:merchants_under_way": _DUE,
    "domain/imports:merchants_with_staged": _DUE,
    "domain/monitors:merchants_with_monitors": _DUE,
    "domain/orders:numbers_of_others": _DIRECTORY,
    "domain/orders:unpaid_checkouts": _DUE,
    "domain/orders:waiting_checkouts": _DUE,
    "domain/partners:merchants_with_expired_tokens": _DUE,
    "domain/partners:route_of_key": _DIRECTORY,
    "domain/payment_accounts:count_by_key": _KEYS,
    "domain/payment_accounts:holds_any": _KEYS,
    "domain/payment_accounts:lock_batch": _KEYS,
    "domain/payments:merchants_to_look_at": _DUE,
    "domain/payments:merchants_owing": _DUE,
    "domain/payments:merchant_of_payment": _DIRECTORY,
    "domain/payments:merchants_told": _DUE,
    "domain/payments:merchants_told_before": _DUE,
    "domain/portal:members_of_person": _DIRECTORY,
    "domain/portal:merchants_placing": _DUE,
    "domain/programs:answers_by_key": _KEYS,
    "domain/programs:holds_answers": _KEYS,
    "domain/programs:lock_answers": _KEYS,
    "domain/programs:merchants_with_keys": _DUE,
    "domain/programs:merchants_with_old_requests": _DUE,
    "domain/programs:route_of": _DIRECTORY,
    "domain/report_mails:merchants_with_due_mails": _DUE,
    "domain/staff:memberships_of_person": _DIRECTORY,
    "domain/wallets:count_by_key": _KEYS,
    "domain/wallets:holds_any": _KEYS,
    "domain/wallets:lock_batch": _KEYS,
    "ledger:book_differences": _PROOF,
    "ledger:chain_differences": _PROOF,
    "ledger:hash_differences": _PROOF,
    "ledger:lot_differences": _PROOF,
    "ledger:memo_differences": _PROOF,
    "ledger:time_differences": _PROOF,
    "ledger:tax_differences": _PROOF,
    "ledger:count_rows": _PROOF,
    "ledger:between_differences": _PROOF,
    "ledger:entry_differences": _PROOF,
    "ledger:party_differences": _PROOF,
    "ledger:subject_differences": _PROOF,
    "ledger:undo_differences": _PROOF,
    "ledger:merchants_with_expired": _DUE,
    "ledger:merchants_with_expired_holds": _DUE,
    "ledger:merchants_with_expiring": _DUE,
    "ledger:merchants_to_seal": _DUE,
    "ledger:sealed_merchants": "finds whose seals a proof goes through, merchant by merchant",
    "ledger:certificate_fact_differences": _PROOF,
    "ledger:hold_differences": _PROOF,
    "ledger:hold_fact_differences": _PROOF,
    "ledger:lot_fact_differences": _PROOF,
    "ledger:posting_differences": _PROOF,
    "ledger:state_differences": _PROOF,
    "ledger:status_differences": _PROOF,
    "ledger:trial_balance": _PROOF,
    "outbox:merchants_due": _DUE,
    "outbox:merchants_unnumbered": _DUE,
    "outbox:older_waits": "tells whether months before the last must be looked into at all",
    "outbox:waits_below": "a month is dropped for all merchants, or for none",
    "outbox:find_endpoint": "an operator names an endpoint by its id alone",
    "outbox:holds_secrets": _KEYS,
    "outbox:list_endpoints": "an operator sees all, or those of a merchant",
    "outbox:lock_endpoint": "an operator names an endpoint by its id alone",
    "outbox:lock_secrets": _KEYS,
    "outbox:oldest_due": _DUE,
    "outbox:pending": _DUE,
    "outbox:secrets_by_key": _KEYS,
    "services/invoices:charged_differences": _PROOF,
    "services/invoices:credited_differences": _PROOF,
    "services/invoices:limit_differences": _PROOF,
    "services/invoices:note_differences": _PROOF,
    "services/invoices:number_differences": _PROOF,
    "services/invoices:receivable_differences": _PROOF,
    "services/invoices:sale_number_differences": _PROOF,
    "services/invoices:settled_differences": _PROOF,
}


@cache
def _tenants() -> set[str]:
    """Return the tables that have a merchant, from the migrations; the merchants themselves are the directory."""
    found = set()
    for path in (SOURCE / "db" / "migrations" / "versions").glob("v*"):
        text = path.read_text(encoding="utf-8")
        for table in re.finditer(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)^\)", text, re.DOTALL | re.MULTILINE):
            if "merchant_id uuid" in table[2]:
                found.add(table[1])
    return found - {"merchants"}


@cache
def _owners() -> dict[str, set[str]]:
    owners = defaultdict(set)
    for statement in statements():
        for table in written(statement.tree):
            owners[table].add(statement.home)
    return owners


def test_every_table_is_written_by_one_package() -> None:
    several = {table: sorted(homes) for table, homes in _owners().items() if len(homes) > 1 and table not in SHARED}
    assert several == {}


def test_a_store_reads_and_writes_its_own_tables() -> None:
    def keeps_to_its_own(statement: Statement) -> None:
        owners = _owners()
        foreign = {table for table in read(statement.tree) if table in owners and statement.home not in owners[table]}
        if str(statement) not in READS_OF_OTHERS:
            assert foreign == set(), "what joins several domains is a view of services"

    hold_for_each((one for one in statements() if one.file == "queries.sql"), keeps_to_its_own)


def only_reads(statement: Statement) -> bool:
    """Return whether a statement changes nothing and locks nothing."""
    return not written(statement.tree) and "FOR UPDATE" not in statement.text and "FOR NO KEY" not in statement.text


def test_views_only_read_and_stand_in_services() -> None:
    def is_in_its_place(statement: Statement) -> None:
        if statement.file == "views.sql":
            assert only_reads(statement)
            assert statement.home.startswith("services/")
        else:
            assert not statement.home.startswith("services/"), "services have views, not stores"

    hold_for_each(statements(), is_in_its_place)


def test_a_statement_is_of_one_merchant() -> None:
    def is_bound(statement: Statement) -> None:
        loose = unbound(statement.tree, _tenants())
        assert (loose == set()) is (str(statement) not in OF_ALL_MERCHANTS), sorted(loose)

    hold_for_each(statements(), is_bound)


def test_a_plan_that_must_go_to_one_node_can() -> None:
    def can_go_to_one_node(statement: Statement) -> None:
        assert "random" not in functions(statement.tree), "take a hash of the id and the moment"
        assert not recursive(statement.tree)
        assert not re.search(r"\bSELECT\s+FROM\b", statement.text, re.IGNORECASE), "name a column: SELECT 1 FROM"

    hold_for_each(statements(), can_go_to_one_node)


@pytest.mark.parametrize(
    "sql, loose",
    [
        ("SELECT 1 FROM orders WHERE merchant_id = $1", set()),
        ("SELECT 1 FROM orders o JOIN gifts g ON g.merchant_id = o.merchant_id WHERE o.merchant_id = $1", set()),
        ("SELECT 1 FROM orders o JOIN gifts g USING (merchant_id, order_id) WHERE o.merchant_id = $1", set()),
        ("SELECT 1 FROM orders o JOIN gifts g ON g.order_id = o.order_id WHERE o.merchant_id = $1", {"gifts"}),
        ("SELECT 1 FROM orders WHERE order_number = $1", {"orders"}),
        ("SELECT 1 FROM orders WHERE merchant_id = $1 OR order_number = $2", {"orders"}),
        ("SELECT 1 FROM orders WHERE (merchant_id, order_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))", set()),
        ("UPDATE gifts SET status = $1 FROM given WHERE gifts.merchant_id = given.merchant_id", set()),
        ("UPDATE gifts SET status = $1", {"gifts"}),
        ("DELETE FROM gifts WHERE order_id = $1", {"gifts"}),
        ("SELECT 1 FROM orders o WHERE o.merchant_id = $1 AND EXISTS (SELECT 1 FROM gifts)", {"gifts"}),
        (
            "SELECT (SELECT 1 FROM gifts g WHERE g.merchant_id = o.merchant_id) FROM orders o WHERE o.merchant_id = $1",
            set(),
        ),
    ],
)
def test_the_check_knows_one_merchant_from_several(sql: str, loose: set[str]) -> None:
    [raw] = parse_sql(sql)
    assert unbound(raw.stmt, {"orders", "gifts"}) == loose


@pytest.mark.parametrize(
    "sql, reads",
    [("SELECT 1 FROM orders", True), ("DELETE FROM orders", False), ("SELECT 1 FROM orders FOR UPDATE", False)],
)
def test_the_check_knows_what_only_reads(sql: str, *, reads: bool) -> None:
    assert only_reads(Statement("services/x", "views.sql", "x", sql)) is reads
