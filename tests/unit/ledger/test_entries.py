"""Entries of subjects that are no certificates: the table, written down once more, and when an entry is refused."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.kernel.errors import LargesseError
from largesse.kernel.money import MINOR_MAX
from largesse.ledger import Account, Command, Kind, Outcome, SubjectKind
from largesse.ledger.accounts import OF_CERTIFICATES, OF_PARTNERS
from largesse.ledger.bundles import bundle_of
from largesse.ledger.chain import genesis, row_hash
from largesse.ledger.entries import Across, OpenItem, OpenItemKind, PostEntry
from largesse.ledger.entry_rules import ENTRY_POSTINGS, MANUAL_ACCOUNTS, RULES, UNDOES, Place, Rule
from largesse.ledger.tax_lines import TaxLine
from tests.builders.book import Book
from tests.builders.ledger import (
    ENTITY,
    MERCHANT,
    NOW,
    OTHER_ENTITY,
    PARTNER,
    SUBJECTS,
    a_where,
    entry,
    issue,
    redeem,
    undo,
)
from tests.fakes.ledger import MemoryLedger

MATCH = (Kind.MATCH, SubjectKind.PARTNER, "invoice")
RECEIVED = (Kind.RECEIVE, SubjectKind.BANK_ACCOUNT, "partner")
PAID_BACK = (Kind.PAY_REFUND, SubjectKind.GATEWAY_ACCOUNT, "owed")
DISPUTED = (Kind.DISPUTE_OPENED, SubjectKind.GATEWAY_ACCOUNT, "disputed")
EXCHANGED = (Kind.EXCHANGE, SubjectKind.BANK_ACCOUNT, "received")
GRATUITIES = (Kind.PAY_OUT_GRATUITIES, SubjectKind.TILL_DRAWER, "paid")
EXACT = (Kind.COUNT, SubjectKind.TILL_DRAWER, "exact")
SETTLED = (Kind.SETTLE_ENTITIES, SubjectKind.MERCHANT, "paid")

TABLE = """
match partner invoice: partner_credit < partner_receivable, partner invoice
bill partner rounded_up: rounding < tax_payable, tax invoice
bill partner rounded_down: tax_payable < rounding, tax invoice
credit partner rounded_up: rounding < tax_payable, tax invoice
credit partner rounded_down: tax_payable < rounding, tax invoice
write_off partner lost: bad_debts < partner_receivable, partner invoice
write_off partner recovered: partner_receivable < bad_debts, partner invoice
tax_relief partner relieved: tax_payable < bad_debts, tax invoice
tax_relief partner restored: bad_debts < tax_payable, tax invoice
settle_entities partner credit: partner_credit < between_entities; between_entities < partner_credit, partner
commission partner earned: commissions < partner_credit, partner invoice
commission partner returned: partner_credit < commissions, partner invoice
commission partner tax: tax_payable < partner_credit, partner tax invoice
commission partner tax_returned: partner_credit < tax_payable, partner tax invoice
receive bank_account partner: bank < partner_credit, partner statement_line
receive bank_account cleared: bank < bank_clearing, deposit|location_day|payout|statement_line
receive bank_account drawn: bank_clearing < bank, deposit|location_day|payout|statement_line
receive bank_account assigned: bank_clearing < partner_credit, partner statement_line
receive bank_account unassigned: partner_credit < bank_clearing, partner statement_line
settle_entities bank_account cleared: bank_clearing < between_entities; between_entities < bank_clearing, \
deposit|location_day|payout|statement_line
settle_entities bank_account booked: bank < between_entities; between_entities < bank, statement_line
pay_refund bank_account owed: refunds < bank, refund
pay_refund bank_account partner: partner_credit < bank, partner statement_line
fee bank_account charged: gateway_fees < bank, statement_line
fee bank_account returned: bank < gateway_fees, statement_line
exchange bank_account received: bank < exchange; exchange < partner_credit, partner statement_line
exchange bank_account paid: partner_credit < exchange; exchange < bank, partner statement_line
pay_out_gratuities bank_account paid: gratuities_payable < bank, whom
pay_unclaimed_property bank_account paid: unclaimed_property < bank, nothing
receive gateway_account not_issued: gateway_clearing < refunds, payment
pay_refund gateway_account owed: refunds < gateway_clearing, refund
pay_refund gateway_account given_away: goodwill < gateway_clearing, refund
pay_refund gateway_account voided: write_offs < gateway_clearing, refund
pay_refund gateway_account kept: breakage < gateway_clearing, refund
pay_refund gateway_account kept_gratuity: breakage_of_gratuities < gateway_clearing, refund
payout gateway_account paid: bank_clearing < gateway_clearing, payout
payout gateway_account drawn: gateway_clearing < bank_clearing, payout
fee gateway_account charged: gateway_fees < gateway_clearing, payout
fee gateway_account returned: gateway_clearing < gateway_fees, payout
fee gateway_account tax: tax_payable < gateway_clearing, tax payout
fee gateway_account tax_returned: gateway_clearing < tax_payable, tax payout
exchange gateway_account paid_out: exchange < gateway_clearing; bank_clearing < exchange, payout
settle_entities gateway_account paid_out: gateway_clearing < between_entities; \
between_entities < gateway_clearing, payout
pay_refund gateway_account by_bank: refunds < disputed, refund
dispute_opened gateway_account disputed: disputed < gateway_clearing, dispute
dispute_opened gateway_account returned: gateway_clearing < disputed, dispute
dispute_lost gateway_account lost: chargeback_losses < disputed, dispute
dispute_lost gateway_account kept: disputed < chargeback_losses, dispute
tax_relief gateway_account relieved: tax_payable < chargeback_losses, tax dispute
tax_relief gateway_account restored: chargeback_losses < tax_payable, tax dispute
pay_in till_drawer float: cash < cash_in_transit, nothing
pay_out till_drawer float: cash_in_transit < cash, nothing
pay_in till_drawer sundry: cash < sundry, nothing
pay_out till_drawer sundry: sundry < cash, nothing
pay_in till_drawer rounding: cash < rounding, nothing
pay_out till_drawer rounding: rounding < cash, nothing
count till_drawer over: cash < cash_differences, nothing
count till_drawer short: cash_differences < cash, nothing
count till_drawer exact: - < -, nothing
deposit till_drawer banked: bank_clearing < cash, deposit
receive till_drawer partner: cash < partner_credit, partner
pay_refund till_drawer owed: refunds < cash, refund
pay_refund till_drawer partner: partner_credit < cash, partner
pay_out_gratuities till_drawer paid: gratuities_payable < cash, whom
terminal_batch location banked: bank_clearing < terminal, location_day
terminal_batch location over: terminal < cash_differences, location_day
terminal_batch location short: cash_differences < terminal, location_day
fee location charged: gateway_fees < terminal, location_day
fee location returned: terminal < gateway_fees, location_day
close_tender location sold: tills < tender_clearing, location_day
close_tender location taken: tender_clearing < tills, location_day
close_tender location over: tender_clearing < cash_differences, location_day
close_tender location short: cash_differences < tender_clearing, location_day
write_off location offline: goodwill < tender_clearing, location_day
pay_refund location terminal: refunds < terminal, refund
pay_refund location till: refunds < tender_clearing, refund
pay_out_gratuities location payroll: gratuities_payable < bank_clearing, whom
estimate_breakage merchant expected: breakage_estimated < breakage, nothing
release_breakage merchant real: breakage < breakage_estimated, nothing
exchange merchant loss: exchange_differences < exchange, nothing
exchange merchant gain: exchange < exchange_differences, nothing
settle_entities merchant paid: between_entities < bank_clearing; bank_clearing < between_entities, nothing
"""


def written(place: Place, rule: Rule) -> str:
    moves = [f"{debit or '-'} < {credit or '-'}" for debit, credit in ((rule.debit, rule.credit), *_then(rule))]
    names = [
        *(["partner"] if rule.of_partner else []),
        *(["tax"] if rule.taxed else []),
        *(["whom"] if rule.names_party else []),
        *(["|".join(sorted(rule.items))] if rule.items else []),
    ]
    return f"{' '.join(place)}: {'; '.join(moves)}, {' '.join(names) or 'nothing'}"


def _then(rule: Rule) -> list[tuple[Account, Account]]:
    return [] if rule.then is None else [rule.then]


def test_the_table_is_what_a_bookkeeper_wrote_down() -> None:
    expected = TABLE.strip().splitlines()
    assert [written(place, rule) for place, rule in RULES.items()] == expected


def test_no_entry_moves_what_certificates_hold() -> None:
    for posting in ENTRY_POSTINGS:
        assert not {posting.debit, posting.credit} & OF_CERTIFICATES, posting
    assert not MANUAL_ACCOUNTS & OF_CERTIFICATES
    assert Account.PARTNER_CREDIT in MANUAL_ACCOUNTS
    assert Account.BETWEEN_ENTITIES not in MANUAL_ACCOUNTS


def test_every_kind_of_entry_has_a_rule_or_undoes_one() -> None:
    of_certificates = set(list(Kind)[: list(Kind).index(Kind.CONVERT) + 1])
    assert {place[0] for place in RULES} | set(UNDOES) | {Kind.MANUAL_ENTRY} == set(Kind) - of_certificates
    assert UNDOES == {
        Kind.UNMATCH: Kind.MATCH,
        Kind.REFUND_FAILED: Kind.PAY_REFUND,
        Kind.DISPUTE_WON: Kind.DISPUTE_OPENED,
    }


@pytest.mark.parametrize("place", RULES, ids=" ".join)
def test_each_entry_is_booked_as_its_rule_says(place: Place) -> None:
    book, rule = Book(), RULES[place]
    command = entry(place, 700, memo="as agreed", refers_to=UUID(int=9))
    outcome = book.do(command)
    first, *second = book.ledger.journal
    assert (first.debit, first.credit, first.amount) == (rule.debit, rule.credit, 700 if rule.debit else None)
    assert (first.seq, first.line, first.kind, first.reason, first.currency) == (1, 0, place[0], place[2], "EUR")
    assert (first.subject_id, first.subject_kind, first.refers_to) == (SUBJECTS[place[1]], place[1], UUID(int=9))
    assert (first.actor, first.memo, first.memo_hash is None, first.recorded_at) == ("test", "as agreed", False, NOW)
    assert (first.location_id, first.legal_entity_id, first.leg) == (a_where().location_id, ENTITY, None)
    assert (first.balance_after, first.held_after, first.gratuity_after, first.gratuity_held_after) == (0, 0, 0, 0)
    assert (first.open_item_kind is not None, first.open_item_id is not None) == (bool(rule.items),) * 2
    tax = first.tax_country, first.tax_rate_ppm, first.taxable_amount, first.tax_amount
    assert tax == (("DE", 190_000, 3_500, 700) if rule.taxed else (None,) * 4)
    if rule.then:
        [then] = second
        assert (then.debit, then.credit, then.seq, then.line) == (*rule.then, 2, 1)
        across = ("EUR", 700, OTHER_ENTITY) if place[0] is Kind.SETTLE_ENTITIES else ("USD", 780, ENTITY)
        assert (then.currency, then.amount, then.legal_entity_id) == across
    else:
        assert second == []
    for row in book.ledger.journal:
        of_partner = bool({row.debit, row.credit} & OF_PARTNERS)
        assert row.party_id == (PARTNER if of_partner else None)
    assert (outcome.value, outcome.gratuity, outcome.certificate_id) == (first.amount or 0, 0, SUBJECTS[place[1]])
    assert (outcome.kind, outcome.seq, outcome.currency) == (place[0], len(book.ledger.journal), "EUR")
    assert not book.ledger.events


@pytest.mark.parametrize("undone, done", UNDOES.items())
def test_what_is_undone_swaps_all_rows_once(undone: Kind, done: Kind) -> None:
    for place in (place for place in RULES if place[0] is done):
        book = Book()
        command = entry(place, 300)
        book.do(command)
        book.do(entry(place, 40))
        back = undo(command, undone, reason="mistaken", memo="of another customer")
        book.do(back)
        first, _, swapped = book.ledger.journal
        assert (swapped.debit, swapped.credit, swapped.amount) == (first.credit, first.debit, 300)
        assert (swapped.kind, swapped.reason, swapped.refers_to) == (undone, "mistaken", first.operation_id)
        assert swapped.seq == 3
        named = [(row.party_id, row.open_item_kind, row.open_item_id, row.legal_entity_id) for row in (first, swapped)]
        assert named[0] == named[1]
        assert book.refusal(undo(command, undone)) == "entry.already_undone"
        assert book.do(back).replayed


def test_several_matches_of_one_operation_are_undone_together() -> None:
    """One payment over three invoices; undoing it takes all three, and no other match of the partner."""
    ledger = MemoryLedger()
    other = uuid4()
    commands = [entry(MATCH, amount, operation_id=UUID(int=5)) for amount in (100, 20, 3)]
    commands.append(entry(MATCH, 9, operation_id=UUID(int=5), subject_id=other))
    assert not isinstance(ledger.post_all(commands, now=NOW), LargesseError)
    [first] = ledger.post([undo(commands[0], Kind.UNMATCH)], now=NOW)
    [second] = ledger.post([undo(commands[3], Kind.UNMATCH)], now=NOW)
    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    back = [(row.subject_id, row.amount) for row in ledger.journal if row.kind is Kind.UNMATCH]
    assert back == [(PARTNER, 100), (PARTNER, 20), (PARTNER, 3), (other, 9)]
    assert [row.seq for row in ledger.journal if row.subject_id == PARTNER] == [1, 2, 3, 4, 5, 6]


def test_what_was_booked_in_the_same_batch_can_be_undone_in_it() -> None:
    ledger = MemoryLedger()
    command = entry(PAID_BACK, 50)
    outcomes = ledger.post([command, undo(command, Kind.REFUND_FAILED), undo(command, Kind.REFUND_FAILED)], now=NOW)
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [None, None, "entry.already_undone"]


@pytest.mark.parametrize(
    "wrong, code",
    [
        ({"undoes": UUID(int=99)}, "entry.not_found"),
        ({"kind": Kind.REFUND_FAILED}, "entry.not_found"),
        ({"kind": Kind.REVERSE}, "entry.not_found"),
        ({"subject_id": UUID(int=98)}, "entry.not_found"),
        ({"subject_kind": SubjectKind.LOCATION}, "entry.subject.mismatch"),
        ({"subject_kind": SubjectKind.CERTIFICATE, "subject_id": UUID(int=1)}, "entry.refused"),
    ],
)
def test_an_undo_of_nothing_is_refused(wrong: dict[str, Any], code: str) -> None:
    book = Book()
    command = entry(MATCH)
    book.do(command)
    assert book.refusal(replace(undo(command, Kind.UNMATCH), **wrong)) == code


@pytest.mark.parametrize(
    "place, wrong, code",
    [
        (MATCH, {"reason": "whim"}, "entry.refused"),
        (MATCH, {"reason": None}, "entry.refused"),
        (MATCH, {"kind": Kind.UNMATCH}, "entry.refused"),
        (MATCH, {"kind": Kind.ISSUE}, "entry.refused"),
        (MATCH, {"subject_kind": SubjectKind.BANK_ACCOUNT}, "entry.refused"),
        (MATCH, {"subject_kind": SubjectKind.CERTIFICATE, "subject_id": UUID(int=1)}, "entry.refused"),
        (MATCH, {"debit": Account.PARTNER_CREDIT}, "entry.refused"),
        (MATCH, {"credit": Account.BANK}, "entry.refused"),
        (MATCH, {"amount": 0}, "entry.amount.refused"),
        (MATCH, {"amount": -1}, "entry.amount.refused"),
        (MATCH, {"amount": MINOR_MAX + 1}, "entry.amount.refused"),
        (MATCH, {"currency": "eur"}, "entry.amount.refused"),
        (MATCH, {"across": Across("USD", 5)}, "entry.amount.refused"),
        (EXACT, {"amount": 1}, "entry.amount.refused"),
        (EXCHANGED, {"across": None}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across("EUR", 5)}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across("XXX", 5)}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across("USD", 0)}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across("USD", MINOR_MAX + 1)}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across("USD", None)}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across(None, 5)}, "entry.amount.refused"),
        (EXCHANGED, {"across": Across("USD", 5, OTHER_ENTITY)}, "entry.amount.refused"),
        (SETTLED, {"across": Across("USD", 5, OTHER_ENTITY)}, "entry.amount.refused"),
        (SETTLED, {"across": Across(None, 5, OTHER_ENTITY)}, "entry.amount.refused"),
        (SETTLED, {"across": Across()}, "entry.amount.refused"),
        (SETTLED, {"across": Across(legal_entity_id=ENTITY)}, "entry.amount.refused"),
        (MATCH, {"party_id": UUID(int=3)}, "entry.party.refused"),
        (RECEIVED, {"party_id": None}, "entry.party.refused"),
        (PAID_BACK, {"party_id": UUID(int=3)}, "entry.party.refused"),
        (MATCH, {"open_item": None}, "entry.open_item.refused"),
        (MATCH, {"open_item": OpenItem(OpenItemKind.REFUND, UUID(int=1))}, "entry.open_item.refused"),
        (GRATUITIES, {"open_item": OpenItem(OpenItemKind.REFUND, UUID(int=1))}, "entry.open_item.refused"),
        (MATCH, {"tax": TaxLine("DE", 190_000, 5_000, 1_000)}, "entry.tax.refused"),
        ((Kind.BILL, SubjectKind.PARTNER, "rounded_up"), {"tax": None}, "entry.tax.refused"),
        (
            (Kind.BILL, SubjectKind.PARTNER, "rounded_up"),
            {"tax": TaxLine("DE", 190_000, 5_000, 999)},
            "entry.tax.refused",
        ),
    ],
)
def test_an_entry_that_is_not_as_its_rule_says_is_refused(place: Place, wrong: dict[str, Any], code: str) -> None:
    assert Book().refusal(replace(entry(place), **wrong)) == code


@pytest.mark.parametrize("edge", [1, MINOR_MAX])
def test_the_least_and_the_most_can_be_booked(edge: int) -> None:
    book = Book()
    book.do(entry(PAID_BACK, edge))
    book.do(entry(EXCHANGED, 5, across=Across("USD", edge)))
    assert [row.amount for row in book.ledger.journal] == [edge, 5, edge]


def test_whoever_is_paid_gratuities_may_be_named() -> None:
    book = Book()
    book.do(entry(GRATUITIES, 5, party_id=UUID(int=3)))
    book.do(entry(GRATUITIES, 5))
    assert [row.party_id for row in book.ledger.journal] == [UUID(int=3), None]


def manual(debit: Account | None, credit: Account | None, **more: Any) -> PostEntry:
    given: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "operation_id": uuid4(),
        "actor": "test",
        "where": a_where(),
        "subject_kind": SubjectKind.MERCHANT,
        "subject_id": MERCHANT,
        "kind": Kind.MANUAL_ENTRY,
        "reason": "correction",
        "memo": "the fee of March",
        "currency": "EUR",
        "amount": 12,
        "debit": debit,
        "credit": credit,
    }
    return PostEntry(**given | more)


def test_a_manual_entry_runs_between_any_two_accounts_that_are_no_certificates() -> None:
    book = Book()
    book.do(manual(Account.GATEWAY_FEES, Account.BANK))
    book.do(manual(Account.BAD_DEBTS, Account.PARTNER_RECEIVABLE, party_id=PARTNER))
    book.do(manual(Account.TAX_PAYABLE, Account.ROUNDING, amount=3, tax=TaxLine("DE", 190_000, 20, 3)))
    book.do(manual(Account.BANK, Account.BANK_CLEARING, open_item=OpenItem(OpenItemKind.DEPOSIT, UUID(int=4))))
    rows = [(row.debit, row.credit, row.party_id, row.open_item_id, row.tax_amount) for row in book.ledger.journal]
    assert rows == [
        (Account.GATEWAY_FEES, Account.BANK, None, None, None),
        (Account.BAD_DEBTS, Account.PARTNER_RECEIVABLE, PARTNER, None, None),
        (Account.TAX_PAYABLE, Account.ROUNDING, None, None, 3),
        (Account.BANK, Account.BANK_CLEARING, None, UUID(int=4), None),
    ]


@pytest.mark.parametrize(
    "command, code",
    [
        (manual(Account.CERTIFICATES_OUTSTANDING, Account.BANK), "entry.refused"),
        (manual(Account.BANK, Account.TAX_ON_OUTSTANDING), "entry.refused"),
        (manual(Account.BANK, Account.TRANSFERS), "entry.refused"),
        (manual(Account.BETWEEN_ENTITIES, Account.BANK), "entry.refused"),
        (manual(Account.BANK, Account.BANK), "entry.refused"),
        (manual(None, Account.BANK), "entry.refused"),
        (manual(Account.BANK, None), "entry.refused"),
        (manual(None, None), "entry.refused"),
        (manual(Account.CASH, Account.BANK, memo=None), "entry.refused"),
        (manual(Account.CASH, Account.BANK, reason=None), "entry.refused"),
        (
            manual(Account.CASH, Account.BANK, subject_kind=SubjectKind.LOCATION, subject_id=UUID(int=8)),
            "entry.refused",
        ),
        (manual(Account.CASH, Account.PARTNER_CREDIT), "entry.party.refused"),
        (manual(Account.CASH, Account.BANK, party_id=PARTNER), "entry.party.refused"),
        (manual(Account.CASH, Account.BANK, amount=0), "entry.amount.refused"),
        (manual(Account.CASH, Account.BANK, tax=TaxLine("DE", 190_000, 20, 3)), "entry.tax.refused"),
    ],
)
def test_a_manual_entry_that_is_none_is_refused(command: PostEntry, code: str) -> None:
    assert Book().refusal(command) == code


def test_an_entry_happens_once_and_another_under_its_id_is_a_conflict() -> None:
    book = Book()
    command = entry(RECEIVED, 800)
    first = book.do(command)
    assert book.do(command) == replace(first, replayed=True)
    assert book.refusal(replace(command, amount=801)) == "operation.conflict"
    assert len(book.ledger.journal) == 1


def test_an_entry_takes_effect_when_it_is_claimed_and_never_before_the_one_before_it() -> None:
    book = Book()
    book.do(entry(PAID_BACK, 1, claimed_at=NOW - timedelta(days=3)))
    book.do(entry(PAID_BACK, 2, claimed_at=NOW - timedelta(days=5)))
    book.do(entry(PAID_BACK, 3))
    assert [row.effective_at for row in book.ledger.journal] == [NOW - timedelta(days=3)] * 2 + [NOW]
    assert [str(row.booked_on) for row in book.ledger.journal] == ["2026-11-19", "2026-11-19", "2026-11-22"]
    assert book.refusal(entry(PAID_BACK, 4, claimed_at=NOW + timedelta(seconds=1))) == "claim.refused"


def test_a_bundle_of_certificates_and_others_is_all_or_nothing() -> None:
    ledger = MemoryLedger()
    same = UUID(int=77)
    sale = issue(value=500, operation_id=same)
    commands: list[Command] = [sale, entry(PAID_BACK, 5, operation_id=same)]
    refused = ledger.post_all([*commands, redeem(sale.certificate_id, 501, operation_id=same)], now=NOW)
    assert isinstance(refused, LargesseError)
    assert (ledger.journal, ledger.certificates, ledger.subjects) == ([], {}, {})
    assert not isinstance(ledger.post_all(commands, now=NOW), LargesseError)
    assert [(row.subject_kind, row.line, row.seq) for row in ledger.journal] == [
        (SubjectKind.CERTIFICATE, 0, 1),
        (SubjectKind.GATEWAY_ACCOUNT, 1, 1),
    ]


def test_a_bundle_undoes_no_entry() -> None:
    command = entry(MATCH)
    with pytest.raises(ValueError, match="undoes no entry"):
        bundle_of([undo(command, Kind.UNMATCH)])


_partners = [UUID(int=500 + number) for number in range(3)]
_entries = st.builds(
    lambda place, amount, partner: entry(
        place,
        amount,
        **({"subject_id": partner} if place[1] is SubjectKind.PARTNER else {}),
        **({"party_id": partner} if RULES[place].of_partner and place[1] is not SubjectKind.PARTNER else {}),
    ),
    st.sampled_from(list(RULES)),
    st.integers(1, 10_000),
    st.sampled_from(_partners),
)


class Sums:
    """What entries come to by account and by partner, by the table alone."""

    def __init__(self) -> None:
        self.books: Counter[tuple[str, str]] = Counter()
        self.owed: Counter[tuple[UUID, str]] = Counter()

    def add(self, debit: str | None, credit: str | None, amount: int, currency: str, partner: UUID | None) -> None:
        """Move an amount between two accounts."""
        for account, side in ((debit, amount), (credit, -amount)):
            self.books[account or "", currency] += side
            if account in OF_PARTNERS and partner is not None:
                self.owed[partner, currency] += side

    def enter(self, command: PostEntry, sign: int = 1) -> None:
        """Move what an entry moves, or with a sign of -1 what undoes it."""
        rule = RULES[command.kind, command.subject_kind, command.reason or ""]
        partner = command.party_id or command.subject_id
        self.add(rule.debit, rule.credit, sign * command.amount, command.currency, partner)
        if rule.then and command.across:
            amount, currency = command.across.amount or command.amount, command.across.currency or command.currency
            self.add(*rule.then, sign * amount, currency, partner)

    def stand(self) -> list[dict[Any, int]]:
        """Return what is not zero."""
        return [{key: left for key, left in one.items() if left} for one in (self.books, self.owed)]


@given(st.lists(st.tuples(_entries, st.sampled_from([0, 0, 1, 2])), min_size=1, max_size=30))
def test_what_each_partner_owes_follows_from_the_journal_alone(steps: list[tuple[PostEntry, int]]) -> None:
    """Chains hold, nothing is lost between accounts, and a model that knows the table alone comes to the same."""
    ledger, model, told = MemoryLedger(), Sums(), Sums()
    undoing = {done: undone for undone, done in UNDOES.items()}
    for command, times in steps:
        ledger.post([command], now=NOW)
        model.enter(command)
        if command.kind in undoing and times:
            for _ in range(times):
                ledger.post([undo(command, undoing[command.kind])], now=NOW)
            model.enter(command, -1)
    heads: dict[UUID, bytes] = {}
    for row in ledger.journal:
        told.add(row.debit, row.credit, row.amount or 0, row.currency, row.party_id)
        assert row.hash == row_hash(heads.get(row.subject_id) or genesis(MERCHANT, row.subject_id), row)
        heads[row.subject_id] = row.hash
    assert told.stand() == model.stand()
    assert {subject.subject_id: subject.head for subject in ledger.subjects.values()} == heads
