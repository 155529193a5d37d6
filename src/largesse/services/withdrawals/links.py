"""The signed link by which the buyer of a checkout withdraws: it stands in the receipt, and on the buyer's page.

It ends never, for the right may: whether somebody may still withdraw is asked of the record when they do, and a link
that lasted 90 days would refuse who was never told of their right, and has a year more
(docs/decisions/0180-withdrawals.md).
"""

from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.domain.withdrawals import WithdrawalLinkRefused
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.gifts import GiftDependencies

WITHDRAWAL_PATH: Final = "withdraw"
"""Below the address of the shop."""


class WithdrawalLink(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The checkout that the holder of a link bought."""

    merchant_id: UUID
    checkout_id: UUID


_TOKENS: Final = TokenKind("withdrawal", WithdrawalLink, length_max=200)


def withdrawal_address(deps: GiftDependencies, merchant: Merchant, checkout_id: UUID) -> str:
    """Return the address at which the buyer of a checkout withdraws."""
    link = WithdrawalLink(merchant_id=merchant.merchant_id, checkout_id=checkout_id)
    return f"{deps.base_url}/{merchant.slug}/{WITHDRAWAL_PATH}?token={_TOKENS.sign(deps.keyring, link)}"


def read_link(keyring: Keyring, text: str) -> WithdrawalLink:
    """Return what a link's text stands for.

    Raises:
        WithdrawalLinkRefused: it is not signed by us.
    """
    try:
        return _TOKENS.read(keyring, text)
    except TokenRefused:
        raise WithdrawalLinkRefused from None
