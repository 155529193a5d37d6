"""Where a merchant sells and redeems, and who it is there before the law."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.where import BooksSale, TaxRate

NAME_LENGTH_MAX: Final = 120
RATE_NAME_LENGTH_MAX: Final = 40
CODE_LENGTH_MAX: Final = 8
# As those of a partner, and of a checkout's billing address.
ADDRESS_LENGTHS_MAX: Final = {"address": 120, "address2": 120, "city": 80, "state": 60, "zip": 20}
ENTITY_LENGTHS_MAX: Final = {"legal_form": 60, **ADDRESS_LENGTHS_MAX, "register": 120, "vat_id": 40, "tax_id": 40}

DEFAULT_CODE: Final = "MAIN"
CUT_OFF_HOUR: Final = 4
"""When the business day of a location begins, unless said otherwise: after the last guest, before the first."""
DEFAULT_CUT_OFF_HOUR: Final = 0
"""That of a merchant's first location, where its web shop sells: its days are the calendar's."""


class LegalEntity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a merchant is before the law, as imprints and receipts name it.

    `register` says where and under which number it is registered, `phone` is E.164, `country` an ISO 3166 code of two
    letters, `currency` what its books are summed up in. An empty text is not known, or not needed.
    """

    merchant_id: UUID
    entity_id: UUID
    name: str
    legal_form: str = ""
    address: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    register: str = ""
    vat_id: str = ""
    tax_id: str = ""
    phone: str = ""
    currency: str
    is_default: bool
    created_at: datetime
    archived_at: datetime | None = None


class EntityChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different of a legal entity; None leaves a part alone, an empty text takes it away.

    The currency never changes: its books are summed up in it.
    """

    name: str | None = None
    legal_form: str | None = None
    address: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    register: str | None = None
    vat_id: str | None = None
    tax_id: str | None = None
    phone: str | None = None


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where business is done: a shop, a restaurant, the web shop.

    `code` names it within the merchant. `time_zone` None is the merchant's, an empty `country` that of the legal
    entity. Its business day begins at `cut_off_hour`. `takes_money` says whether it is paid there.
    """

    merchant_id: UUID
    location_id: UUID
    entity_id: UUID
    code: str
    name: str
    address: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    time_zone: str | None = None
    cut_off_hour: int
    books_sale: BooksSale
    default_rate: TaxRate | None = None
    takes_money: bool
    is_default: bool
    created_at: datetime
    archived_at: datetime | None = None


class LocationChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different of a location, from now on; None leaves a part alone.

    An empty `time_zone` is the merchant's again; `no_default_rate` takes the default rate away.
    """

    code: str | None = None
    name: str | None = None
    entity_id: UUID | None = None
    address: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    time_zone: str | None = None
    cut_off_hour: int | None = None
    books_sale: BooksSale | None = None
    default_rate: TaxRate | None = None
    no_default_rate: bool = False
    takes_money: bool | None = None
