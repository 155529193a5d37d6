"""Write the table of postings as a page: what each kind of journal row debits and credits, and for whose lots."""

import sys
from collections.abc import Iterable

from largesse.ledger import POSTINGS, Posting

_HEAD = """# Postings

Written by `make docs` from `src/largesse/ledger/postings.py`, the table that `largesse ledger verify` checks every row
of the journal against. A row debits one account and credits another; rows that move no money have neither. *Lots* says
for value of which class, and of lots that which account paid for, it may be written; `-` is a row that moves no lot.

| kind | leg | debit | credit | lots |
|---|---|---|---|---|
"""


def document() -> str:
    """Return the page as Markdown."""
    groups: dict[tuple[str, str, str, str], list[Posting]] = {}
    for posting in sorted(POSTINGS, key=str):
        key = (posting.kind, posting.leg or "-", posting.debit or "-", posting.credit or "-")
        groups.setdefault(key, []).append(posting)
    rows = (f"| {' | '.join(key)} | {_lots(postings)} |\n" for key, postings in sorted(groups.items()))
    return _HEAD + "".join(rows)


def _lots(postings: Iterable[Posting]) -> str:
    by_class: dict[str, list[str]] = {}
    for posting in postings:
        by_class.setdefault(posting.class_of_value, []).append(posting.source or "-")
    return "; ".join(f"{name}: {', '.join(sorted(sources))}" for name, sources in sorted(by_class.items()))


if __name__ == "__main__":
    sys.stdout.write(document())
