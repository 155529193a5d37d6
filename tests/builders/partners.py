"""Partners with everything that they need to order."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import msgspec

from largesse.app.application import Application
from largesse.domain import partners
from largesse.domain.merchants import Merchant, MerchantDraft
from largesse.domain.partners import Agreement, AgreementChange, Partner, PartnerUser, Terms
from largesse.interfaces.partner_api.order_form import fingerprint_of_order, read_order
from largesse.kernel.conventions import English, SheetSize
from largesse.services.merchants import open_merchant
from largesse.services.partners import OrderRequest
from largesse.services.partners.admission import Admitted
from tests.builders.application import NOW

EMAIL = "orders@partner.example"
PASSWORD = "a quiet afternoon"
DOLLARS = Terms(amount_max=500_00, credit_limit=10_000_00)


class Ordering(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant, its partner, and what the partner's program knows."""

    merchant: Merchant
    partner: Partner
    user: PartnerUser
    api_key: str


def an_agreement(*, merchant_id: UUID | None = None, partner_id: UUID | None = None, **given: object) -> Agreement:
    """Make an agreement in memory; by default one in dollars."""
    values: dict[str, object] = {"terms": {"USD": DOLLARS}, **given}
    return msgspec.convert(
        {"merchant_id": merchant_id or uuid4(), "partner_id": partner_id or uuid4(), **values},
        Agreement,
        from_attributes=True,
    )


async def a_merchant(
    application: Application, *, slug: str = "spa", prefix: str = "GL", time_zone: str = "America/New_York"
) -> Merchant:
    """Create a merchant."""
    draft = MerchantDraft(
        english=English.BRITISH,
        paper=SheetSize.A4,
        slug=slug,
        number=slug[:11],
        prefix=prefix,
        name="The Spa",
        time_zone=time_zone,
        contact_email="owner@spa.example",
    )
    async with application.database.transaction() as connection:
        return await open_merchant(connection, draft, now=application.clock.now())


async def an_ordering_partner(
    application: Application,
    *,
    merchant: Merchant | None = None,
    email: str = EMAIL,
    terms: dict[str, Terms] | None = None,
    change: AgreementChange | None = None,
) -> Ordering:
    """Create a merchant, a partner with an agreement, its user and the user's key."""
    now = application.clock.now()
    merchant = merchant or await a_merchant(application)
    password_hash = await application.passwords.hashed(PASSWORD)
    async with application.database.transaction() as connection:
        partner = await partners.create_partner(
            connection,
            merchant.merchant_id,
            name=f"Partner of {email}",
            contact_email=email,
            change=change or AgreementChange(),
            now=now,
        )
        for currency, wanted in (terms or {"USD": DOLLARS}).items():
            await partners.put_terms(connection, partner, currency, wanted)
        user = await partners.create_user(connection, partner, email=email, password_hash=password_hash, now=now)
        _, api_key = await partners.create_key(connection, user, now=now)
    return Ordering(merchant=merchant, partner=partner, user=user, api_key=api_key)


def an_order(given: Mapping[str, object], *, key: str | None = None) -> OrderRequest:
    """Read an order as it is given to the partner API."""
    order, told = read_order(given, today=NOW.date()), fingerprint_of_order(given)
    return OrderRequest(order=order, fingerprint=told, idempotency_key=key)


async def admitted(application: Application, ordering: Ordering) -> Admitted:
    """Let the partner in, as its program is after asking for a token."""
    now = application.clock.now()
    async with application.database.transaction() as connection:
        credentials = await partners.find_credentials(connection, ordering.api_key)
        assert credentials is not None
        token = await partners.issue_token(connection, credentials, now=now)
        access = await partners.find_access(connection, ordering.api_key, token, now=now)
    return Admitted(access=access, merchant=ordering.merchant)
