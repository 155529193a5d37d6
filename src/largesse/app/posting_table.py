"""Write the table of postings as a page: what each kind of journal row debits and credits, and for whose lots."""

import sys
from collections.abc import Iterable

from largesse.ledger import MANUAL_ACCOUNTS, POSTINGS, RULES, UNDOES, Posting, Rule

_HEAD = """# Postings

Written by `make docs` from `src/largesse/ledger/postings.py`, the table that `largesse ledger verify` checks every row
of the journal against. A row debits one account and credits another; rows that move no money have neither. *Lots* says
for value of which class, and of lots that which account paid for, it may be written; `-` is a row that moves no lot.

| kind | leg | debit | credit | lots |
|---|---|---|---|---|
"""

_ENTRIES = """
## Entries of other subjects

From `src/largesse/ledger/entry_rules.py`: what is booked of partners, bank accounts, accounts at gateways, drawers,
locations and the merchant itself, by which the ledger decides and verifies. *Names* are what such an entry must say:
the partner, the open item, or what its tax is computed from; *whom*: it may say who is paid. An entry of two rows ends
in another currency, or another legal entity.

| kind | subject | reason | debit | credit | names |
|---|---|---|---|---|---|
"""


def document() -> str:
    """Return the page as Markdown."""
    groups: dict[tuple[str, str, str, str], list[Posting]] = {}
    for posting in sorted(POSTINGS, key=str):
        key = (posting.kind, posting.leg or "-", posting.debit or "-", posting.credit or "-")
        groups.setdefault(key, []).append(posting)
    rows = (f"| {' | '.join(key)} | {_lots(postings)} |\n" for key, postings in sorted(groups.items()))
    return _HEAD + "".join(rows) + _ENTRIES + "".join(_entries()) + _rest()


def _entries() -> Iterable[str]:
    for (kind, subject, reason), rule in sorted(RULES.items(), key=lambda one: one[0]):
        pairs = [(rule.debit, rule.credit), *([rule.then] if rule.then else [])]
        debits, credits_ = (", then ".join(pair[side] or "-" for pair in pairs) for side in (0, 1))
        yield f"| {kind} | {subject} | {reason} | {debits} | {credits_} | {_names(rule)} |\n"


def _names(rule: Rule) -> str:
    named = (
        ("partner", rule.of_partner),
        (" or ".join(sorted(rule.items)), bool(rule.items)),
        ("tax", rule.taxed),
        ("whom", rule.names_party),
    )
    return ", ".join(word for word, is_named in named if is_named) or "-"


def _rest() -> str:
    undone = ", ".join(f"`{undo}` an operation of `{kind}`" for undo, kind in UNDOES.items())
    accounts = ", ".join(sorted(MANUAL_ACCOUNTS))
    return (
        f"\nWhat undoes swaps all rows of an operation on its subject, once: {undone}.\n\n"
        f"A `manual_entry` is the merchant's, with a reason and a memo, between two of: {accounts}.\n"
    )


def _lots(postings: Iterable[Posting]) -> str:
    by_class: dict[str, list[str]] = {}
    for posting in postings:
        by_class.setdefault(posting.class_of_value, []).append(posting.source or "-")
    return "; ".join(f"{name}: {', '.join(sorted(sources))}" for name, sources in sorted(by_class.items()))


if __name__ == "__main__":
    sys.stdout.write(document())
