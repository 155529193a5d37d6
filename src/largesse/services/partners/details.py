"""Change who a partner is: the buyer that order posts and exports tell of."""

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import orders, partners
from largesse.domain.merchants import Merchant
from largesse.domain.orders import PhoneInvalid
from largesse.domain.partners import Partner, PartnerChange, PartnerInvalid
from largesse.kernel.errors import FieldError
from largesse.kernel.zones import region_of_zone


async def change_details(
    connection: Connection, merchant: Merchant, partner: Partner, change: PartnerChange
) -> Partner:
    """Change a partner's details, for what is ordered from now on; the phone is read as people write it.

    Raises:
        PartnerInvalid: some of it cannot stand; every field is named.
        PartnerTaken: the merchant has another partner of that name.
    """
    if change.phone:
        try:
            phone = orders.read_phone(change.phone, region=region_of_zone(merchant.time_zone))
        except PhoneInvalid as error:
            raise PartnerInvalid(fields=[FieldError("phone", error.code, error.message)]) from error
        change = replace(change, phone=phone)
    return await partners.change_partner(connection, partner, change)
