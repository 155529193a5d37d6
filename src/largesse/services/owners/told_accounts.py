"""The accounts that people are told to pay into: on invoices, and by hand. As a change says them, and changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import invoices, locations, payments
from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.invoices import InvoiceSettings
from largesse.domain.merchants import Merchant
from largesse.domain.payments import PaymentInstructions
from largesse.domain.staff import AuditReason, ByWhom
from largesse.services.approvals import written_account, written_instructions
from largesse.services.invoices import change_settings
from largesse.services.payments import change_instructions
from largesse.services.staff import Manager

TOLD_ACCOUNTS: Final = frozenset({OwnerAct.INVOICE_ACCOUNT, OwnerAct.PAID_BY_HAND})
INVOICE_ACCOUNT: Final = ("iban", "bic", "account_holder")
"""What of an invoice's settings says where to pay."""
_BY_HAND: Final = ("holder", "iban", "bic", "further")


def account_said(settings: InvoiceSettings) -> dict[str, str]:
    """Return the account of invoices as a change says it."""
    return {name: str(getattr(settings, name)) for name in INVOICE_ACCOUNT}


def by_hand_said(wanted: PaymentInstructions | None) -> dict[str, str]:
    """Return how buyers pay by hand as a change says it; nothing where nobody is offered to."""
    if wanted is None:
        return {}
    return {**{name: str(getattr(wanted, name)) for name in _BY_HAND}, "days": str(wanted.days)}


async def told_account(connection: Connection, merchant: Merchant, change: OwnerChange) -> str:
    """Return what people are told just now, as it is read; nothing where they are told of no account.

    Raises:
        EntityUnknown: there is no such legal entity.
    """
    if change.act is OwnerAct.PAID_BY_HAND:
        found = await payments.instructions_of(connection, merchant.merchant_id, change.subject)
        return "" if found is None else written_instructions(by_hand_said(found))
    entity = await locations.find_entity(connection, merchant.merchant_id, change.subject)
    return written_account(account_said(await invoices.settings_of(connection, merchant.merchant_id, entity.entity_id)))


async def tell_account(
    connection: Connection, merchant: Merchant, change: OwnerChange, *, by: Manager, reason: str, now: datetime
) -> None:
    """Have people told of another account from now on.

    Raises:
        InvoiceInvalid, InvalidInstructions: it is no account.
    """
    who = ByWhom(actor=by.actor, why=reason, code=AuditReason(change.to.get("code", AuditReason.OTHER)))
    if change.act is OwnerAct.PAID_BY_HAND:
        wanted = _instructions(change.subject, change.to)
        await change_instructions(connection, merchant, change.subject, wanted, by=who, now=now)
        return
    entity_id = UUID(change.subject)
    account = {name: change.to.get(name, "") for name in INVOICE_ACCOUNT}
    await change_settings(connection, merchant, entity_id, account, by=who, now=now)


def _instructions(currency: str, to: Mapping[str, str]) -> PaymentInstructions | None:
    if "days" not in to:
        return None
    holder, iban, bic, further = (to.get(name, "") for name in _BY_HAND)
    return PaymentInstructions(
        currency=currency, holder=holder, iban=iban, bic=bic, further=further, days=int(to["days"])
    )
