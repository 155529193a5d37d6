"""Promo codes that strangers type: each is counted before it is looked up, and only one that exists is kept in a draft.

So nothing that shows a draft can be asked about a code that nobody counted.
"""

from datetime import timedelta
from typing import Final

import msgspec

from largesse.domain.catalog import fold_code
from largesse.domain.drafts import BuyerText
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.shops import Shop
from largesse.kernel.numbers import InvalidNumber, read_number
from largesse.services.checkout import Fault, FaultKind, knows_promo
from largesse.web.client import Client
from largesse.web.errors import TooManyRequests
from largesse.web.shared_limits import SharedLimit

MISSES: Final = 20
MISSES_OVERALL: Final = 200
MISSES_WITHIN: Final = timedelta(minutes=10)
WAIT_LONGEST: Final = timedelta(hours=6)


class JudgedBuyer(msgspec.Struct, frozen=True, kw_only=True):
    """The buyer's details as they may be kept; `fault` tells why the code that was typed is not among them.

    `wait_s` is after how many seconds another code may be tried, 0 unless too many were.
    """

    kept: BuyerText
    fault: Fault | None = None
    wait_s: int = 0


class PromoCodes:
    """Judge promo codes, so many unknown ones of each visitor, and of all visitors of a merchant together."""

    def __init__(self, deps: StorefrontDependencies) -> None:
        self._deps = deps
        self._misses = SharedLimit(
            deps, "promo", most=MISSES, within=MISSES_WITHIN, longest=WAIT_LONGEST, overall=MISSES_OVERALL
        )

    async def judge(self, shop: Shop, client: Client, typed: BuyerText, *, before: str) -> JudgedBuyer:
        """Return what may be kept of what somebody typed; `before` is the code that their draft holds already."""
        if not typed.promo or fold_code(typed.promo) == fold_code(before):
            return JudgedBuyer(kept=typed)
        without = msgspec.structs.replace(typed, promo="")
        try:
            async with self._misses.attempt(client.network, of=str(shop.merchant.merchant_id)) as attempt:
                if await knows_promo(self._deps, shop.merchant, typed.promo):
                    return JudgedBuyer(kept=typed)
                attempt.miss()
        except TooManyRequests as refused:
            fault = Fault(field="promo", kind=FaultKind.PROMO_TOO_OFTEN)
            return JudgedBuyer(kept=without, fault=fault, wait_s=refused.retry_after_s)
        kind = FaultKind.PROMO_IS_CERTIFICATE if _is_number(typed.promo) else FaultKind.PROMO_UNKNOWN
        return JudgedBuyer(kept=without, fault=Fault(field="promo", kind=kind))


def _is_number(text: str) -> bool:
    """Return whether somebody typed a certificate's number, or scanned its code, in place of a promo code."""
    try:
        read_number(text)
    except InvalidNumber:
        return False
    return True
