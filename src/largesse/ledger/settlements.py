"""Settlements: money that leaves the clearing account, or comes back to it, after a certificate's value has moved.

A refund owes the purchaser money at once; the gateway pays it later, or fails to. A lost dispute takes money that no
certificate may still hold. Both have to stand in the books beside the certificate that they are about, whatever has
become of it. Pure, as `book` is.
"""

from datetime import datetime

from largesse.kernel.money import MINOR_MAX
from largesse.ledger import errors
from largesse.ledger.accounts import SETTLEMENTS
from largesse.ledger.commands import Settle
from largesse.ledger.model import Certificate, Decision, Kind, Refusal
from largesse.ledger.movements import Movement
from largesse.ledger.writing import write


def decide_settlement(certificate: Certificate | None, command: Settle, now: datetime) -> Decision | Refusal:
    """Return the journal row of a settlement, or why it is refused.

    Nobody is told: nothing changed that a holder, or a merchant's own system, could see.
    """
    if certificate is None:
        return errors.CertificateNotFound()
    if (command.debit, command.credit) not in SETTLEMENTS or not 0 < command.amount <= MINOR_MAX:
        return errors.SettlementRefused()
    movement = Movement(None, debit=command.debit, credit=command.credit, amount=command.amount)
    after, entries = write(certificate, command, Kind.SETTLE, [movement], now=now, refers_to=command.refers_to)
    return Decision(certificates=(after,), entries=tuple(entries))
