"""Who may still order, decided in memory for a whole batch. Pure: the flow reads before it and writes after it."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from largesse.domain.partners.errors import AgreementDisabled, AgreementSuspended, CreditExhausted
from largesse.domain.partners.model import Agreement
from largesse.domain.partners.order_form import faults_under, order_invalid
from largesse.kernel.currency import Currency
from largesse.kernel.errors import LargesseError


def standing(agreement: Agreement | None) -> LargesseError | None:
    """Return why nothing can be ordered under an agreement at all, None when it can."""
    if agreement is None or not agreement.enabled:
        return AgreementDisabled()
    if agreement.suspended:
        return AgreementSuspended()
    return None


def refusal(agreement: Agreement | None, currency: Currency, amount: int) -> LargesseError | None:
    """Return why an order of `amount` smallest units is refused, None when the agreement allows it."""
    refused = standing(agreement)
    if refused is not None or agreement is None:
        return refused
    if faults := faults_under(agreement, currency, amount):
        return order_invalid(faults)
    if amount > agreement.terms[currency.code].credit_left:
        return CreditExhausted()
    return None


class CreditBook:
    """Decide orders one after another, each seeing the credit that the ones before it used."""

    def __init__(self, agreements: Mapping[tuple[UUID, UUID], Agreement]) -> None:
        self._agreements = dict(agreements)
        self.used: dict[tuple[UUID, UUID, str], int] = {}

    def take(self, merchant_id: UUID, partner_id: UUID, currency: Currency, amount: int) -> LargesseError | None:
        """Use credit for an order, or return why it is refused."""
        agreement = self._agreements.get((merchant_id, partner_id))
        refused = refusal(agreement, currency, amount)
        if refused is not None or agreement is None:
            return refused
        terms = agreement.terms[currency.code]
        changed = msgspec.structs.replace(terms, credit_used=terms.credit_used + amount)
        # A new dict: agreements are frozen, and callers may hold on to the old one.
        self._agreements[merchant_id, partner_id] = msgspec.structs.replace(
            agreement, terms=agreement.terms | {currency.code: changed}
        )
        key = (merchant_id, partner_id, currency.code)
        self.used[key] = self.used.get(key, 0) + amount
        return None
