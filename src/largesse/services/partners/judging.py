"""What the merchant's law profile says of an agreement, whose certificates are usually good for a year."""

from datetime import datetime
from typing import Final

from largesse.db import Connection
from largesse.domain import law
from largesse.domain.law import Exemption
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Agreement, AgreementPurpose
from largesse.kernel.errors import FieldError
from largesse.kernel.validity import Validity

USUAL: Final = Validity(months=12)
"""How long a certificate on account is good where the order says nothing."""


async def law_warnings(
    connection: Connection, merchant: Merchant, agreement: Agreement, *, language: str = "en", now: datetime
) -> list[FieldError]:
    """Return what the law profile says against an agreement, in a language; nothing where the merchant chose none."""
    found = await law.law_of(connection, merchant.merchant_id)
    if found is None:
        return []
    purpose = None if agreement.purpose is AgreementPurpose.NONE else Exemption(agreement.purpose.value)
    today = now.astimezone(merchant.zone).date()
    return law.agreement_warnings(found.profile, USUAL, purpose, today=today, language=language)


async def refuse_unlawful(connection: Connection, merchant: Merchant, agreement: Agreement, *, now: datetime) -> None:
    """Refuse an agreement that the law profile is against, where the merchant has it refuse.

    Raises:
        LawRefused: it names no purpose, and its certificates are good for less than the law asks for.
    """
    found = await law.law_of(connection, merchant.merchant_id)
    if found is not None:
        law.refuse(found, await law_warnings(connection, merchant, agreement, now=now))
