"""Settlements: money that leaves the clearing account, or comes back to it, after a certificate's value has moved.

A refund owes the purchaser money at once; the gateway pays it later, or fails to. A lost dispute takes money that no
certificate may still hold. Both have to stand in the books beside the certificate that they are about, whatever has
become of it. Pure, as `book` is.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.kernel.money import MINOR_MAX
from largesse.ledger import errors
from largesse.ledger.accounts import SETTLEMENTS, Account
from largesse.ledger.commands import Settle
from largesse.ledger.model import Certificate, Decision, Kind, Refusal, Status
from largesse.ledger.movements import Movement
from largesse.ledger.writing import write


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out of the clearing account for a certificate, by refund and source, and put back.

    By rows of the gateway's account, and by `settle` rows of the certificate, as they were before.
    """

    refers_to: UUID
    certificate_id: UUID
    account: Account
    settled: int
    taken_back: int

    @property
    def net(self) -> int:
        """What stands in the books."""
        return self.settled - self.taken_back


class PaidRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that was booked as paid for a certificate, from the account that owed it; or `undone`, for it failed."""

    operation_id: UUID
    subject_id: UUID
    refund_id: UUID
    certificate_id: UUID
    account: Account
    currency: str
    amount: int
    undone: bool


def decide_settlement(certificate: Certificate | None, command: Settle, now: datetime) -> Decision | Refusal:
    """Return the journal row of a settlement, or why it is refused.

    Nobody is told: nothing changed that a holder, or a merchant's own system, could see.
    """
    if certificate is None:
        return errors.CertificateNotFound()
    if certificate.status is Status.INACTIVE:
        return errors.CertificateInactive()
    if (command.debit, command.credit) not in SETTLEMENTS or not 0 < command.amount <= MINOR_MAX:
        return errors.SettlementRefused()
    movement = Movement(None, debit=command.debit, credit=command.credit, amount=command.amount)
    after, entries = write(certificate, command, Kind.SETTLE, [movement], now=now, refers_to=command.refers_to)
    return Decision(certificates=(after,), entries=tuple(entries))
