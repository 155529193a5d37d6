"""The rows of the journal that lines of statements and payments of partners book on a bank account."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain.banking import KeptLine, MatchInvalid, PartnerPaymentUnknown, PaymentSource, lock_payment
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Account, Across, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind
from largesse.services.capabilities import UsesLedger
from largesse.services.merchants import where_of_entity, where_of_row


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

    def carried(self, reason: str, amount: int, currency: str, item: OpenItem, there: Where) -> PostEntry:
        """Return what carries `amount` of an item from another legal entity to this one: `cleared`, or of the bank."""
        here = self.where
        giver, taker = (there, here) if amount < 0 else (here, there)
        return replace(
            self._replace(where=giver).entry(
                Kind.SETTLE_ENTITIES,
                reason,
                abs(amount),
                currency,
                item,
                across=Across(legal_entity_id=taker.legal_entity_id),
            ),
            operation_id=derived_id("between-entities", self.act_id, reason, str(item.item_id), there.legal_entity_id),
        )


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


async def where_of_line(deps: UsesLedger, connection: Connection, line: KeptLine) -> Where:
    """Return where a line of a statement was booked; all that is said of it is, whatever its account says by now."""
    row = await deps.ledger.first_row(connection, line.merchant_id, booking_of_line(line.line_id))
    assert row is not None, "a line is booked when it is taken"
    return await where_of_row(connection, row)


def booking_of_line(line_id: UUID) -> UUID:
    """Return the operation that booked a line when it was taken."""
    return derived_id("bank-line-booked", line_id)


async def lock_awaited(deps: UsesLedger, connection: Connection, merchant_id: UUID, item: OpenItem) -> None:
    """Lock what opened an item that a line may be: a payment that somebody typed, or who sent or deposited money.

    So of two lines that are taken as the same one, the second sees what the first has left of it.

    Raises:
        MatchInvalid: nothing of that kind and name was ever on its way; a line of a statement waits for no other.
    """
    if item.kind is OpenItemKind.STATEMENT_LINE:
        try:
            payment = await lock_payment(connection, merchant_id, item.item_id)
        except PartnerPaymentUnknown:
            payment = None
        if payment is None or payment.source is not PaymentSource.HAND:
            raise MatchInvalid("Nothing is on its way under this name.")
        return
    rows = await deps.ledger.rows_of_item(connection, merchant_id, item)
    opened = {row.subject_id: row.subject_kind for row in rows if row.subject_kind is not SubjectKind.BANK_ACCOUNT}
    if not opened:
        raise MatchInvalid("Nothing is on its way under this name.")
    for subject_id, kind in sorted(opened.items()):
        await deps.ledger.lock_subject(connection, merchant_id, kind, subject_id)


async def awaited(deps: UsesLedger, connection: Connection, merchant_id: UUID, item: OpenItem, currency: str) -> int:
    """Return what an item has left on `bank_clearing` in a currency: above zero where it is to come in."""
    return sum((await _awaited_by_entity(deps, connection, merchant_id, item, currency)).values())


async def item_carried(
    deps: UsesLedger, connection: Connection, book: Booker, item: OpenItem, amount: int, *, currency: str
) -> list[PostEntry]:
    """Return what carries an item of `bank_clearing` to the legal entity whose bank closes `amount` of it.

    Nothing where it stands there; else from those with most of it. That there is as much is the caller's to know.
    """
    merchant_id, sign = book.where.merchant_id, 1 if amount > 0 else -1
    standing = await _awaited_by_entity(deps, connection, merchant_id, item, currency)
    missing = abs(amount) - sign * standing.pop(book.where.legal_entity_id, 0)
    rows: list[PostEntry] = []
    for entity_id, left in sorted(standing.items(), key=lambda one: (-sign * one[1], one[0])):
        part = min(missing, sign * left)
        if part <= 0:
            break
        there = await where_of_entity(connection, merchant_id, entity_id)
        rows.append(book.carried("cleared", sign * part, currency, item, there))
        missing -= part
    return rows


async def _awaited_by_entity(
    deps: UsesLedger, connection: Connection, merchant_id: UUID, item: OpenItem, currency: str
) -> Counter[UUID]:
    found = Counter[UUID]()
    for row in await deps.ledger.rows_of_item(connection, merchant_id, item):
        side = (row.debit is Account.BANK_CLEARING) - (row.credit is Account.BANK_CLEARING)
        if side and row.currency == currency and row.legal_entity_id is not None:
            found[row.legal_entity_id] += side * (row.amount or 0)
    return found
