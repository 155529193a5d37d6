"""The rows of the journal that lines of statements and payments of partners book on a bank account."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Account, Across, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind
from largesse.services.capabilities import UsesLedger


class Booker(NamedTuple):
    """What all rows of one act have in common: the account, where that is, who acts, and the act's own id."""

    where: Where
    subject_id: UUID
    act_id: UUID
    actor: str

    def entry(
        self,
        kind: Kind,
        reason: str,
        amount: int,
        currency: str,
        item: OpenItem,
        *,
        party_id: UUID | None = None,
        across: Across | None = None,
        main: bool = False,
    ) -> PostEntry:
        """Return a row about an item; the `main` one of an act has the act's own id."""
        said = (kind.value, reason, str(item.item_id), currency)
        return PostEntry(
            merchant_id=self.where.merchant_id,
            operation_id=self.act_id if main else derived_id("bank-row", self.act_id, *said),
            actor=self.actor,
            where=self.where,
            subject_kind=SubjectKind.BANK_ACCOUNT,
            subject_id=self.subject_id,
            kind=kind,
            reason=reason,
            currency=currency,
            amount=amount,
            party_id=party_id,
            open_item=item,
            across=across,
        )

    def cleared(self, amount: int, currency: str, item: OpenItem) -> PostEntry:
        """Return what moves `bank` against an item of `bank_clearing`: in where `amount` is above zero, else out."""
        reason = "cleared" if amount > 0 else "drawn"
        return self.entry(Kind.RECEIVE, reason, abs(amount), currency, item)

    def assigned(self, amount: int, currency: str, item: OpenItem, party_id: UUID, *, main: bool = False) -> PostEntry:
        """Return what makes of an item a partner's credit, or takes that away where `amount` is below zero."""
        reason = "assigned" if amount > 0 else "unassigned"
        return self.entry(Kind.RECEIVE, reason, abs(amount), currency, item, party_id=party_id, main=main)


def item_of_line(line_id: UUID) -> OpenItem:
    """Return the open item of a line, or of a payment that somebody typed and the bank has not told yet."""
    return OpenItem(OpenItemKind.STATEMENT_LINE, line_id)


async def post(deps: UsesLedger, connection: Connection, commands: Sequence[PostEntry], *, now: datetime) -> None:
    """Post rows, all of them.

    Raises:
        LargesseError: the ledger refuses one.
    """
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome


async def awaited(deps: UsesLedger, connection: Connection, merchant_id: UUID, item: OpenItem, currency: str) -> int:
    """Return what an item has left on `bank_clearing` in a currency: above zero where it is to come in."""
    rows = await deps.ledger.rows_of_item(connection, merchant_id, item)
    return sum(
        (row.amount or 0) * ((row.debit is Account.BANK_CLEARING) - (row.credit is Account.BANK_CLEARING))
        for row in rows
        if row.currency == currency
    )
