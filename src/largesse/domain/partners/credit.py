"""Who may still order, decided in memory for a whole batch. Pure: the service reads before it and writes after it."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from largesse.domain.partners.errors import (
    AgreementDisabled,
    AgreementSuspended,
    CreditExhausted,
    OrderInvalid,
    SpendingLimitReached,
)
from largesse.domain.partners.model import Agreement, SpendingLimit
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
    agreement: Agreement | None,
    amount: Money,
    *,
    owed: int | None = None,
    refcode: str | None,
    contact: Contact | None,
) -> LargesseError | None:
    """Return why an amount is not put on account under a refcode, None when the agreement allows it.

    `owed` is what of it would be owed, where that is less.
    """
    refused = standing(agreement, contact)
    if refused is not None or agreement is None:
        return refused
    if faults := faults_under(agreement, refcode=refcode, currency=amount.currency, amount=amount, contact=contact):
        return OrderInvalid(fields=faults)
    if (amount.minor if owed is None else owed) > agreement.terms[amount.currency.code].credit_left:
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

    def __init__(
        self,
        agreements: Mapping[tuple[UUID, UUID], Agreement],
        limits: Mapping[tuple[UUID, UUID, str], SpendingLimit] | None = None,
    ) -> None:
        """`limits` are those of merchant, spender and currency."""
        self._agreements = dict(agreements)
        self._limits = limits or {}
        self.used: dict[tuple[UUID, UUID, str], int] = {}
        self.spent: dict[UUID, dict[tuple[UUID, str], tuple[date, int]]] = {}
        """What whoever has a limit spent: by merchant, then spender and currency, of which month and how much."""

    def take(
        self,
        merchant_id: UUID,
        partner_id: UUID,
        amount: Money,
        *,
        owed: int | None = None,
        refcode: str | None = None,
        contact: Contact | None = None,
        spender: tuple[UUID, date] | None = None,
    ) -> LargesseError | None:
        """Use credit for an order, or return why it is refused. `owed` is what of its amount is owed; None: all.

        `spender` is who orders, and in which month.
        """
        used = amount.minor if owed is None else owed
        agreement = self._agreements.get((merchant_id, partner_id))
        refused = refusal(agreement, amount, owed=owed, refcode=refcode, contact=contact)
        if refused is not None or agreement is None:
            return refused
        code = amount.currency.code
        if spender is not None and not self._spend(merchant_id, spender, code, amount.minor):
            return SpendingLimitReached(asking(SpendingLimitReached.message, contact))
        terms = agreement.terms[code]
        changed = msgspec.structs.replace(terms, credit_used=terms.credit_used + used)
        # A new dict: agreements are frozen, and callers may hold on to the old one.
        self._agreements[merchant_id, partner_id] = msgspec.structs.replace(
            agreement, terms=agreement.terms | {code: changed}
        )
        key = (merchant_id, partner_id, code)
        self.used[key] = self.used.get(key, 0) + used
        return None

    def _spend(self, merchant_id: UUID, spender: tuple[UUID, date], code: str, minor: int) -> bool:
        """Take an amount off what a spender may still order; False where it does not fit. Without a limit it fits."""
        spender_id, month = spender
        limit = self._limits.get((merchant_id, spender_id, code))
        if limit is None:
            return True
        mine = self.spent.setdefault(merchant_id, {})
        before = mine.get((spender_id, code), (month, 0))[1]
        if before + minor > limit.left(month):
            return False
        mine[spender_id, code] = month, before + minor
        return True
