"""Prove the books: recompute every balance from the journal and compare it with what is kept.

The database walks the journal in the order of its primary key and hands out differences only, through a cursor. So
the proof needs the same memory for a thousand certificates and for a billion.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.ledger.accounts import Account
from largesse.ledger.entry_rules import ENTRY_POSTINGS, MANUAL_ACCOUNTS
from largesse.ledger.postings import POSTINGS
from largesse.ledger.seal_proofs import findings

_SQL = load(__package__, "proofs.sql")
_OTHERS = load(__package__, "subject_proofs.sql")
_KEPT = load(__package__, "kept_proofs.sql")


_CHECKS: tuple[tuple[str, tuple[object, ...]], ...] = (
    (_SQL.hash_differences, ()),
    (_SQL.memo_differences, ()),
    (_SQL.time_differences, ()),
    (_SQL.tax_differences, ()),
    (_SQL.chain_differences, ()),
    (_SQL.lot_differences, ()),
    (_SQL.status_differences, ()),
    (_SQL.state_differences, ()),
    (_KEPT.certificate_fact_differences, ()),
    (_KEPT.lot_fact_differences, ()),
    (_SQL.posting_differences, (sorted(str(posting) for posting in POSTINGS),)),
    (_OTHERS.subject_differences, ()),
    (_OTHERS.entry_differences, (sorted(str(posting) for posting in ENTRY_POSTINGS), sorted(MANUAL_ACCOUNTS))),
    (_OTHERS.party_differences, ()),
    (_OTHERS.undo_differences, ()),
    (_OTHERS.between_differences, ()),
    (_SQL.hold_differences, ()),
    (_KEPT.hold_fact_differences, ()),
    (_SQL.book_differences, ()),
)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Name something that does not agree. `subject` is a certificate's id, a currency, or a seal."""

    merchant_id: UUID
    subject: str
    finding: str


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True):
    """Sum one account of one merchant in one currency, in the smallest unit."""

    merchant_id: UUID
    currency: str
    account: Account
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """Return debits less credits: positive for a debit balance."""
        return self.debits - self.credits


async def verify(connection: Connection) -> AsyncIterator[Difference]:
    """Yield every difference between the journal and what is kept beside it; nothing when the books are true.

    Checked: each row's hash is that of the row before and of what it says, its memo the one that it was written
    with, and no row is older than the one before; what it tells of a tax is what it books; each certificate's rows
    are complete, each row's balances follow from the row before, and its lot from the row before of that lot; the
    status after each row is what the kinds of rows lead to, and only an activation or an extension moves the last
    good day; the certificate stands where its last row says, in that row's currency, status, last good day, hash
    and times, and says the class, order, payer and day of issue that the row which began it does; its lots stand
    where their last rows say, add up to its balances, and say of themselves what the rows that opened them do; each
    hold was placed and ended as rows say; each row is about a certificate, and moves money between accounts that
    its kind may use for one of that class and a lot of that source (`postings`); each subject that is no
    certificate stands where its last row says, and its rows are such that the table of entries has (`entry_rules`),
    name whose account of partners they move, and swap what they undo; what is held is what its open holds add up
    to; no row lacks its certificate; for each merchant and currency the trial balance sums to zero, the clearing
    accounts `transfers` and `between_entities` are empty, the liability is the sum of the certificates, and what
    stands against it is the sum of their lots. Every seal follows from the one before it and is what the journal up
    to its cut leads to: subjects, rows, totals and root; and the sums of days are those of the rows that each seal
    covers.

    Runs in one snapshot, so it may run while the installation is open. Must be called on a session without an open
    transaction.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for query, arguments in _CHECKS:
            async for row in connection.cursor(query, *arguments, prefetch=100):
                yield Difference(merchant_id=row["merchant_id"], subject=row["subject"], finding=row["finding"])
        async for merchant_id, subject, finding in findings(connection):
            yield Difference(merchant_id=merchant_id, subject=subject, finding=finding)


async def trial_balance(connection: Connection) -> list[AccountBalance]:
    """Return every account that was ever used, by merchant, currency and account."""
    return [
        AccountBalance(
            merchant_id=row["merchant_id"],
            currency=row["currency"],
            account=Account(row["account"]),
            debits=int(row["debits"]),
            credits=int(row["credits"]),
        )
        for row in await connection.fetch(_SQL.trial_balance)
    ]


async def count_rows(connection: Connection) -> tuple[int, int]:
    """Return how many certificates and journal rows a proof went through."""
    row = await connection.fetchrow(_SQL.count_rows)
    return (row["certificates"], row["entries"]) if row else (0, 0)
