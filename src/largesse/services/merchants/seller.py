"""Who sells, as the shop's foot and receipts name it: the merchant's default legal entity."""

import msgspec

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.locations import LegalEntity
from largesse.domain.merchants import Merchant
from largesse.domain.orders import phone_as_read


class SellerIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """The seller before the law. `country` is an ISO 3166 code, `phone` as it is read; empty is not known."""

    name: str
    address: tuple[str, ...] = ()
    country: str = ""
    phone: str = ""
    register: str = ""
    vat_id: str = ""
    tax_id: str = ""


async def seller_of(connection: Connection, merchant: Merchant) -> SellerIdentity | None:
    """Return who sells; None where nothing is known of it but the merchant's own name."""
    entity = await locations.default_entity(connection, merchant.merchant_id)
    seller = _seller(entity)
    return None if seller == SellerIdentity(name=merchant.name) else seller


def _seller(entity: LegalEntity) -> SellerIdentity:
    named_so = not entity.legal_form or entity.name.casefold().endswith(f" {entity.legal_form.casefold()}")
    town = " ".join(filter(None, (entity.zip, entity.city)))
    american = ", ".join(filter(None, (entity.city, " ".join(filter(None, (entity.state, entity.zip))))))
    return SellerIdentity(
        name=entity.name if named_so else f"{entity.name} {entity.legal_form}",
        # Where a state belongs to an address, it stands before the postal code, and both behind the city.
        address=tuple(filter(None, (entity.address, entity.address2, american if entity.state else town))),
        country=entity.country,
        phone=phone_as_read(entity.phone) if entity.phone else "",
        register=entity.register,
        vat_id=entity.vat_id,
        tax_id=entity.tax_id,
    )
