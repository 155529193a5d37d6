"""What an entry of a subject that is no certificate books, and when it is refused. Pure, as `book` is.

Nobody is told by an event: what these rows mean is told by whoever asks for them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from largesse.kernel.currency import is_currency
from largesse.kernel.money import MINOR_MAX
from largesse.ledger import entry_errors as errors
from largesse.ledger.accounts import OF_PARTNERS, Account
from largesse.ledger.entries import Across, OpenItem, OpenItemKind, PostEntry, UndoEntry
from largesse.ledger.entry_rules import MANUAL_ACCOUNTS, RULES, UNDOES, Rule
from largesse.ledger.model import Chain, Decision, Entry, Kind, Refusal, SubjectKind, Undone
from largesse.ledger.tax_lines import TaxLine


class _Row(NamedTuple):
    """What one row moves, and what it names."""

    debit: Account | None
    credit: Account | None
    amount: int
    currency: str
    party_id: UUID | None
    open_item: OpenItem | None
    tax: TaxLine | None = None
    legal_entity_id: UUID | None = None
    location_id: UUID | None = None


def decide_entry(subject: Chain, command: PostEntry, now: datetime) -> Decision | Refusal:
    """Return the rows of an entry, or why it is refused."""
    if subject.subject_kind is not command.subject_kind:
        return errors.SubjectMismatch()
    rule = _rule_of(command)
    if rule is None:
        return errors.EntryRefused()
    if not _sensible(command, rule):
        return errors.EntryAmountRefused()
    party_id = command.subject_id if _is_own(command, rule) else command.party_id
    if not _names_whom_it_must(command, rule, party_id):
        return errors.EntryPartyRefused()
    if not _names_what_it_must(command, rule):
        return errors.EntryItemRefused()
    if (command.tax is not None) != rule.taxed or (command.tax is not None and command.tax.tax != command.amount):
        return errors.EntryTaxRefused()
    return _written(subject, command, command.kind, _rows(command, rule, party_id), now, refers_to=command.refers_to)


def decide_undo(
    subject: Chain, command: UndoEntry, earlier: Sequence[Entry], *, undone: bool, now: datetime
) -> Decision | Refusal:
    """Return the rows that swap those of an operation, or why that is refused. `earlier` are all rows of it."""
    if subject.subject_kind is not command.subject_kind:
        return errors.SubjectMismatch()
    kind = UNDOES.get(command.kind)
    rows = [row for row in earlier if row.subject_id == command.subject_id and row.kind is kind]
    if not rows:
        return errors.EntryNotFound()
    if undone:
        return errors.EntryUndone()
    back = [_swapped(row) for row in rows]
    decision = _written(subject, command, command.kind, back, now, refers_to=command.undoes)
    return replace(decision, undone=Undone(subject.merchant_id, command.undoes, subject.subject_id))


def _rule_of(command: PostEntry) -> Rule | None:
    """Return the rule of an entry: that of the table, or what a manual entry names."""
    if command.kind is not Kind.MANUAL_ENTRY:
        named = command.debit is not None or command.credit is not None
        return None if named else RULES.get((command.kind, command.subject_kind, command.reason or ""))
    allowed = {command.debit, command.credit} <= MANUAL_ACCOUNTS and command.debit is not command.credit
    if not allowed or command.subject_kind is not SubjectKind.MERCHANT or not (command.reason and command.memo):
        return None
    return Rule(command.debit, command.credit, taxed=command.tax is not None)


def _sensible(command: PostEntry, rule: Rule) -> bool:
    """Return whether amounts and currencies are such that the rule has use for."""
    if not is_currency(command.currency) or (rule.then is None) != (command.across is None):
        return False
    moves = rule.debit is not None
    if not (0 < command.amount <= MINOR_MAX if moves else command.amount == 0):
        return False
    return command.across is None or _sensible_across(command, command.across)


def _sensible_across(command: PostEntry, across: Across) -> bool:
    """Return whether the other end is another currency with an amount in it, or another legal entity."""
    if command.kind is Kind.SETTLE_ENTITIES:
        other_entity = across.legal_entity_id not in {None, command.where.legal_entity_id}
        return (across.currency, across.amount) == (None, None) and other_entity
    if across.currency is None or across.amount is None or across.legal_entity_id is not None:
        return False
    other = is_currency(across.currency) and across.currency != command.currency
    return other and 0 < across.amount <= MINOR_MAX


def _is_own(command: PostEntry, rule: Rule) -> bool:
    """Return whether it is a partner's own entry, which needs not say whom it is about."""
    return rule.of_partner and command.party_id is None and command.subject_kind is SubjectKind.PARTNER


def _names_whom_it_must(command: PostEntry, rule: Rule, party_id: UUID | None) -> bool:
    """Return whether it names a partner where one's accounts move, and nobody else's on a partner's own chain."""
    if not rule.of_partner:
        return rule.names_party or party_id is None
    return party_id is not None and (command.subject_kind is not SubjectKind.PARTNER or party_id == command.subject_id)


def _names_what_it_must(command: PostEntry, rule: Rule) -> bool:
    """Return whether it names an open item of a kind that the rule has; a manual entry may name any, or none."""
    if command.kind is Kind.MANUAL_ENTRY:
        return True
    return (command.open_item and command.open_item.kind) in (rule.items or {None})


def _rows(command: PostEntry, rule: Rule, party_id: UUID | None) -> list[_Row]:
    def named(*accounts: Account | None) -> UUID | None:
        return party_id if rule.names_party or OF_PARTNERS & {*accounts} else None

    row = _Row(
        debit=rule.debit,
        credit=rule.credit,
        amount=command.amount,
        currency=command.currency,
        party_id=named(rule.debit, rule.credit),
        open_item=command.open_item,
        tax=command.tax,
    )
    if rule.then is None or command.across is None:
        return [row]
    debit, credit = rule.then
    return [
        row,
        row._replace(
            debit=debit,
            credit=credit,
            amount=command.across.amount or command.amount,
            currency=command.across.currency or command.currency,
            party_id=named(debit, credit),
            legal_entity_id=command.across.legal_entity_id,
        ),
    ]


def _swapped(row: Entry) -> _Row:
    item = None
    if row.open_item_kind is not None and row.open_item_id is not None:
        item = OpenItem(OpenItemKind(row.open_item_kind), row.open_item_id)
    return _Row(
        debit=row.credit,
        credit=row.debit,
        amount=row.amount or 0,
        currency=row.currency,
        party_id=row.party_id,
        open_item=item,
        legal_entity_id=row.legal_entity_id,
        location_id=row.location_id,
    )


def _written(
    subject: Chain,
    command: PostEntry | UndoEntry,
    kind: Kind,
    rows: Sequence[_Row],
    now: datetime,
    *,
    refers_to: UUID | None,
) -> Decision:
    entries = tuple(
        Entry(
            merchant_id=subject.merchant_id,
            subject_id=subject.subject_id,
            subject_kind=subject.subject_kind,
            seq=subject.seq + line + 1,
            operation_id=command.operation_id,
            line=line,
            kind=kind,
            leg=None,
            currency=row.currency,
            debit=row.debit,
            credit=row.credit,
            amount=row.amount or None,
            held_change=0,
            balance_after=0,
            held_after=0,
            gratuity_after=0,
            gratuity_held_after=0,
            legal_entity_id=row.legal_entity_id,
            location_id=row.location_id,
            party_id=row.party_id,
            open_item_kind=None if row.open_item is None else row.open_item.kind,
            open_item_id=None if row.open_item is None else row.open_item.item_id,
            tax_country=None if row.tax is None else row.tax.country,
            tax_rate_ppm=None if row.tax is None else row.tax.rate_ppm,
            taxable_amount=None if row.tax is None else row.tax.taxable,
            tax_amount=None if row.tax is None else row.tax.tax,
            refers_to=refers_to,
            actor=command.actor,
            memo=command.memo,
            recorded_at=now,
        )
        for line, row in enumerate(rows)
    )
    return Decision(entries=entries, subjects=(replace(subject, seq=subject.seq + len(entries)),))
