"""A settlement books money beside a certificate, whatever has become of it, and changes nothing else."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from largesse.ledger import Account, Certificate, ClassOfValue, Settle, Status
from largesse.ledger.errors import CertificateInactive, CertificateNotFound, SettlementRefused
from largesse.ledger.model import Decision
from largesse.ledger.settlements import decide_settlement

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
REFUNDS, CLEARING = Account.REFUNDS, Account.GATEWAY_CLEARING


def _certificate(status: Status) -> Certificate:
    return Certificate(
        merchant_id=uuid4(),
        certificate_id=uuid4(),
        currency="USD",
        class_of_value=ClassOfValue.PAID,
        funding=CLEARING,
        status=status,
        balance=7,
        good_through=None,
        expires_at=None,
        order_number=None,
        seq=3,
        issued_at=NOW,
    )


def _settle(of: Certificate, debit: Account, credit: Account, amount: int) -> Settle:
    return Settle(
        merchant_id=of.merchant_id,
        certificate_id=of.certificate_id,
        operation_id=uuid4(),
        actor="test",
        debit=debit,
        credit=credit,
        amount=amount,
    )


def test_nothing_is_settled_of_a_certificate_that_nobody_bought() -> None:
    before = _certificate(Status.INACTIVE)
    refused = decide_settlement(before, _settle(before, REFUNDS, CLEARING, 500), NOW)
    assert isinstance(refused, CertificateInactive)


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.INACTIVE])
def test_a_settlement_stands_on_a_certificate_in_any_state(status: Status) -> None:
    before = _certificate(status)

    decision = decide_settlement(before, _settle(before, REFUNDS, CLEARING, 500), NOW)

    assert isinstance(decision, Decision)
    [entry] = decision.entries
    assert (entry.debit, entry.credit, entry.amount) == (REFUNDS, CLEARING, 500)
    [after] = decision.certificates
    assert (after.balance, after.status, after.seq) == (7, status, 4)
    assert decision.events == ()


@pytest.mark.parametrize(
    "debit, credit, amount",
    [
        (REFUNDS, CLEARING, 0),
        (REFUNDS, CLEARING, -1),
        (Account.CERTIFICATES_OUTSTANDING, CLEARING, 1),
        (Account.TAX_PAYABLE, CLEARING, 1),
        (CLEARING, CLEARING, 1),
    ],
)
def test_a_settlement_between_other_accounts_or_of_nothing_is_refused(
    debit: Account, credit: Account, amount: int
) -> None:
    before = _certificate(Status.ACTIVE)

    assert isinstance(decide_settlement(before, _settle(before, debit, credit, amount), NOW), SettlementRefused)


def test_a_settlement_needs_a_certificate() -> None:
    nobody = _certificate(Status.ACTIVE)

    assert isinstance(decide_settlement(None, _settle(nobody, REFUNDS, CLEARING, 1), NOW), CertificateNotFound)
