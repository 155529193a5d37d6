"""Seller and buyer as an invoice names them, refused where what an invoice must say of them is missing."""

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import invoices, locations
from largesse.domain.invoices import (
    BillingDetails,
    BuyerAddressMissing,
    InvoiceSettings,
    Party,
    SellerIncomplete,
    check_vat_id,
)
from largesse.domain.locations import LegalEntity
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner


async def seller_party(
    connection: Connection, merchant: Merchant, entity_id: object, settings: InvoiceSettings
) -> Party:
    """Return the legal entity that sells.

    Raises:
        SellerIncomplete: it has no address, or no tax id.
        TaxIdInvalid: its VAT id is none.
    """
    entity = await locations.find_entity(connection, merchant.merchant_id, str(entity_id))
    if not all((entity.address, entity.city, entity.country)) or not (entity.vat_id or entity.tax_id):
        raise SellerIncomplete
    return replace(
        party_of(entity, email=settings.contact_email or merchant.contact_email),
        vat_id=check_vat_id(entity.vat_id),
        contact_name=settings.contact_name,
        phone=settings.contact_phone or entity.phone,
    )


def party_of(entity: LegalEntity, *, email: str) -> Party:
    """Return a legal entity as documents name it, with what is known of it."""
    return Party(
        name=_full_name(entity),
        address=entity.address,
        address2=entity.address2,
        city=entity.city,
        state=entity.state,
        zip=entity.zip,
        country=entity.country,
        vat_id=entity.vat_id,
        tax_id=entity.tax_id,
        legal_id=entity.register,
        phone=entity.phone,
        email=email,
    )


async def buyer_party(connection: Connection, partner: Partner) -> tuple[Party, BillingDetails]:
    """Return the partner that buys, and what its invoices say of it besides.

    Raises:
        BuyerAddressMissing: it has no address.
        TaxIdInvalid: its VAT id is none.
    """
    if not all((partner.address, partner.city, partner.country)):
        raise BuyerAddressMissing
    details = await invoices.billing_of(connection, partner.merchant_id, partner.partner_id)
    party = Party(
        name=partner.name,
        address=partner.address,
        address2=partner.address2,
        city=partner.city,
        state=partner.state,
        zip=partner.zip,
        country=partner.country,
        vat_id=check_vat_id(details.vat_id),
        tax_id=details.tax_id,
        phone=partner.phone,
        email=details.email or partner.contact_email,
        endpoint_scheme=details.endpoint_scheme,
        endpoint_id=details.endpoint_id,
    )
    return party, details


def _full_name(entity: LegalEntity) -> str:
    form = entity.legal_form
    named_so = not form or entity.name.casefold().endswith(f" {form.casefold()}")
    return entity.name if named_so else f"{entity.name} {form}"
