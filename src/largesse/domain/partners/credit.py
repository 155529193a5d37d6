"""Who may still order, decided in memory for a whole batch. Pure: the service reads before it and writes after it."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from largesse.domain.partners.errors import AgreementDisabled, AgreementSuspended, CreditExhausted, OrderInvalid
from largesse.domain.partners.model import Agreement
from largesse.domain.partners.orders import Contact, PartialOrder, asking, faults_under
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money


def standing(agreement: Agreement | None, contact: Contact | None) -> LargesseError | None:
    """Return why nothing can be ordered under an agreement at all, None when it can."""
    if agreement is None or not agreement.enabled:
        return AgreementDisabled(asking(AgreementDisabled.message, contact))
    if agreement.suspended:
        return AgreementSuspended(asking(AgreementSuspended.message, contact))
    return None


def refusal(
    agreement: Agreement | None, amount: Money, *, refcode: str | None, contact: Contact | None
) -> LargesseError | None:
    """Return why an amount is not put on account under a refcode, None when the agreement allows it."""
    refused = standing(agreement, contact)
    if refused is not None or agreement is None:
        return refused
    if faults := faults_under(agreement, refcode=refcode, currency=amount.currency, amount=amount, contact=contact):
        return OrderInvalid(fields=faults)
    if amount.minor > agreement.terms[amount.currency.code].credit_left:
        return CreditExhausted(asking(CreditExhausted.message, contact))
    return None


def refusal_of_partial(agreement: Agreement, order: PartialOrder, contact: Contact | None) -> LargesseError:
    """Return why an order with faults is refused: the agreement's state first, then all faults, its own included."""
    refused = standing(agreement, contact)
    if refused is not None:
        return refused
    own = faults_under(agreement, refcode=order.refcode, currency=order.currency, amount=order.amount, contact=contact)
    return OrderInvalid(fields=[*order.faults, *own])


class CreditBook:
    """Decide orders one after another, each seeing the credit that the ones before it used."""

    def __init__(self, agreements: Mapping[tuple[UUID, UUID], Agreement]) -> None:
        self._agreements = dict(agreements)
        self.used: dict[tuple[UUID, UUID, str], int] = {}

    def take(
        self,
        merchant_id: UUID,
        partner_id: UUID,
        amount: Money,
        *,
        refcode: str | None = None,
        contact: Contact | None = None,
    ) -> LargesseError | None:
        """Use credit for an order, or return why it is refused."""
        agreement = self._agreements.get((merchant_id, partner_id))
        refused = refusal(agreement, amount, refcode=refcode, contact=contact)
        if refused is not None or agreement is None:
            return refused
        code = amount.currency.code
        terms = agreement.terms[code]
        changed = msgspec.structs.replace(terms, credit_used=terms.credit_used + amount.minor)
        # A new dict: agreements are frozen, and callers may hold on to the old one.
        self._agreements[merchant_id, partner_id] = msgspec.structs.replace(
            agreement, terms=agreement.terms | {code: changed}
        )
        key = (merchant_id, partner_id, code)
        self.used[key] = self.used.get(key, 0) + amount.minor
        return None
