"""Make passes of certificates for whoever holds their numbers.

A pass says what the certificate was worth when it was issued, whom it is for, its last day and its code; never what is
left, for nobody tells the telephone (docs/decisions/0179-wallet-passes.md).
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain import catalog, wallets
from largesse.domain.merchants import Merchant
from largesse.domain.wallets import PassText, Wallet, WalletNotOffered
from largesse.kernel.currency import currency
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.ledger import Entry
from largesse.services.certificates import Located
from largesse.services.gifts import GiftDependencies, Standing, redeem_url, sheet_of, standing_of
from largesse.ui import Voice, channels_of, ink_on, speak

_ICON_SIDES: Final = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87, "logo.png": 50, "logo@2x.png": 100}


class PassLabels(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of a pass are called, in one language."""

    description: str
    value: str
    name: str
    last_day: str
    remains: str
    how_to_use: str
    where: str


Labels = Callable[[str], PassLabels]
"""What the parts are called in the language of a certificate."""


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass is made of. The secret is opened."""

    text: PassText
    secret: str
    accent: str
    logo: bytes | None

    def __repr__(self) -> str:
        return "_Made(…)"


async def wallets_offered(deps: GiftDependencies, found: Located, *, now: datetime) -> frozenset[Wallet]:
    """Return for which wallets a pass of a certificate can be made: its merchant has keys, and it can be used."""
    if not Standing(certificate=found.certificate, order=None).can_be_given(now):
        return frozenset()
    async with deps.database.connection() as connection:
        keys = await wallets.keys_of(connection, found.place.merchant_id)
    return frozenset(wallet for wallet, one in keys.items() if one.is_good(now))


async def apple_file(
    deps: GiftDependencies, merchant: Merchant, certificate_id: UUID, labels: Labels, *, locale: str, now: datetime
) -> bytes:
    """Return the pass of a certificate as a file for Apple's wallet, in its language, in `locale` where it has none.

    Raises:
        WalletNotOffered, CertificateUnknown: there is none.
        WalletKeysInvalid: its keys have ended.
    """
    made = await _made(deps, merchant, certificate_id, Wallet.APPLE, labels, locale=locale, now=now)
    return await asyncio.to_thread(_signed, made, now)


async def google_address(
    deps: GiftDependencies, merchant: Merchant, certificate_id: UUID, labels: Labels, *, locale: str, now: datetime
) -> str:
    """Return the address at which Google's wallet takes the same pass. It holds the number.

    Raises:
        WalletNotOffered, CertificateUnknown: there is none.
    """
    made = await _made(deps, merchant, certificate_id, Wallet.GOOGLE, labels, locale=locale, now=now)
    issuer, account = json.loads(made.secret)
    return wallets.google_link(wallets.read_google_keys(issuer, account), made.text, now=now)


def _signed(made: _Made, now: datetime) -> bytes:
    pictures = {name: catalog.icon_png(made.logo, accent=made.accent, side=side) for name, side in _ICON_SIDES.items()}
    return wallets.apple_pass(wallets.read_apple_keys(made.secret, now=now), made.text, pictures)


async def _made(
    deps: GiftDependencies,
    merchant: Merchant,
    certificate_id: UUID,
    wallet: Wallet,
    labels: Labels,
    *,
    locale: str,
    now: datetime,
) -> _Made:
    async with deps.database.connection() as connection:
        keys = (await wallets.keys_of(connection, merchant.merchant_id)).get(wallet)
        standing = await standing_of(connection, deps, merchant.merchant_id, certificate_id)
        if keys is None or not keys.is_good(now) or not standing.can_be_given(now):
            raise WalletNotOffered
        face = (await sheet_of(connection, deps, merchant, standing, locale=locale)).face
        entries = await deps.ledger.statement(connection, merchant.merchant_id, certificate_id)
    said, address = labels(face.locale), redeem_url(deps, face.barcode_text)
    fields = (
        ("value", said.value, _worth_when_issued(entries, speak(face.locale))),
        ("name", said.name, face.to),
        ("last_day", said.last_day, face.good_through),
    )
    back = (
        ("remains", said.remains, address),
        ("use", said.how_to_use, face.how_to_use),
        ("where", said.where, face.where),
    )
    text = PassText(
        # Not the certificate's own id: what stands in a wallet leads back to nothing. A new number is a new pass.
        serial=derived_id("wallet pass", merchant.merchant_id, certificate_id).hex,
        family=derived_id("wallet passes", merchant.merchant_id).hex[:12],
        merchant=merchant.name,
        description=said.description,
        fields=tuple(part for part in fields if part[2]),
        back=tuple(part for part in back if part[2]),
        number=face.number,
        address=address,
        ends_at=standing.certificate.expires_at,
        accent=channels_of(face.accent),
        ink=channels_of(ink_on(face.accent)),
    )
    secret = deps.keyring.open(keys.secret, context=keys.context)
    return _Made(text=text, secret=secret, accent=face.accent, logo=face.logo)


def _worth_when_issued(entries: Sequence[Entry], voice: Voice) -> str:
    """Return what was on a certificate once the first operation that filled it was done. Pure."""
    filled = next(one for one in entries if one.balance_after or one.gratuity_after)
    last = [one for one in entries if one.operation_id == filled.operation_id][-1]
    parts = [one for one in (last.balance_after, last.gratuity_after) if one]
    return " + ".join(voice.money(Money(one, currency(last.currency))) for one in parts)
