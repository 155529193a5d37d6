"""What can be wrong with what a buyer typed, as kinds: the page says it beside the field, in the buyer's language."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec


class FaultKind(StrEnum):
    """What is wrong with a field. The values that its sentence needs are named behind each."""

    MISSING = "missing"
    TOO_LONG = "too_long"  # length, limit
    TOO_MANY_LINES = "too_many_lines"  # length, limit
    EMAIL = "email"
    EMAIL_DOUBTFUL = "email.doubtful"  # meant: the address that was probably meant
    PHONE = "phone"  # needed
    COUNTRY = "country"
    AMOUNT_UNREADABLE = "amount.unreadable"  # currency
    AMOUNT_DECIMALS = "amount.decimals"  # currency
    AMOUNT_CURRENCY = "amount.currency"  # currency
    AMOUNT_NOT_OFFERED = "amount.not_offered"
    AMOUNT_RANGE = "amount.range"  # least, most: Money
    TIP_NOT_OFFERED = "tip.not_offered"
    TIP_TOO_LARGE = "tip.too_large"  # most: Money
    DESIGN = "design"
    LANGUAGE = "language"
    DELIVERY = "delivery"
    DAY_UNREADABLE = "day.unreadable"
    HOUR = "hour"
    PAST = "past"
    TOO_FAR = "too_far"  # last: date
    GATEWAY = "gateway"
    GATEWAY_LEAST = "gateway.least"  # least: Money
    NOT_ON_SALE = "offering.not_on_sale"
    SOLD_OUT = "offering.sold_out"
    FEW_LEFT = "offering.few_left"  # left
    PROMO_UNKNOWN = "promo.unknown"
    PROMO_TOO_OFTEN = "promo.too_often"
    PROMO_IS_CERTIFICATE = "promo.is_certificate"
    PROMO_NOT_YET = "promo.not_yet"
    PROMO_OVER = "promo.over"
    PROMO_USED_UP = "promo.used_up"
    PROMO_USED_BY_BUYER = "promo.used_by_buyer"
    PROMO_OTHER_OFFERINGS = "promo.other_offerings"
    PROMO_AMOUNT = "promo.amount"  # least: Money
    PRICE_CHANGED = "price_changed"  # before, now: Money
    NO_GIFTS = "no_gifts"
    TOO_MANY_GIFTS = "too_many_gifts"  # limit


# What no page of ours lets anybody send: somebody is trying, and the log should tell.
FORGED: Final = frozenset(
    {
        FaultKind.AMOUNT_NOT_OFFERED,
        FaultKind.TIP_NOT_OFFERED,
        FaultKind.DESIGN,
        FaultKind.LANGUAGE,
        FaultKind.DELIVERY,
        FaultKind.HOUR,
        FaultKind.GATEWAY,
        FaultKind.COUNTRY,
    }
)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field."""

    field: str
    kind: FaultKind
    values: Mapping[str, object] = msgspec.field(default_factory=dict)
