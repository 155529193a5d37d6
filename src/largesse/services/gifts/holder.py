"""What whoever holds a certificate's number may see and take: its uses, its merchant's words, its PDF."""

from datetime import datetime

import msgspec

from largesse.domain import catalog, certificates, orders
from largesse.domain.catalog import Paper, Picture, Theme
from largesse.domain.legal_texts import LegalTexts
from largesse.domain.merchants import Merchant
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.ledger import Entry
from largesse.services.certificates import Located
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.sheet import Sheet, sheet_of, typeset
from largesse.services.gifts.state import standing_of
from largesse.services.gifts.unwrapping import Dedication, dedication_of
from largesse.services.merchants import SellerIdentity, legal_texts_of, offers_withdrawal, seller_of


class Dress(msgspec.Struct, frozen=True, kw_only=True):
    """How a merchant's pages look: its theme, the picture of its logo, who sells, and what the law asks for.

    `withdraws` is whether they lead to how a buyer withdraws.
    """

    theme: Theme
    logo: Picture | None
    seller: SellerIdentity | None
    texts: LegalTexts
    withdraws: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """All that the holder of a certificate is shown. `number` is as it is printed, without groups.

    `tax` and `dedication` are those of the order it was bought with.
    """

    number: str
    entries: tuple[Entry, ...]
    tax: TaxTreatment = UNTAXED
    dedication: Dedication | None = None

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"Held({len(self.entries)} entries)"


async def dress_of(deps: GiftDependencies, merchant: Merchant, *, now: datetime) -> Dress:
    """Return how a merchant's pages look at `now`."""
    async with deps.database.connection() as connection:
        theme = await catalog.theme_of(connection, merchant.merchant_id)
        ids = [theme.logo_id] if theme.logo_id else []
        pictures = await catalog.pictures_of(connection, merchant.merchant_id, ids) if ids else {}
        seller = await seller_of(connection, merchant)
        texts = await legal_texts_of(connection, merchant)
        withdraws = await offers_withdrawal(connection, merchant, now=now)
    logo = pictures.get(theme.logo_id) if theme.logo_id else None
    return Dress(theme=theme, logo=logo, seller=seller, texts=texts, withdraws=withdraws)


async def hold(deps: GiftDependencies, found: Located) -> Held:
    """Return what the holder of a certificate is shown of it."""
    place = found.place
    async with deps.database.connection() as connection:
        numbers = await certificates.open_numbers(connection, deps.keyring, place.merchant_id, [place.certificate_id])
        entries = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
        bought = [found.certificate.order_number] if found.certificate.order_number else []
        known = await orders.find_by_numbers(connection, place.merchant_id, bought) if bought else {}
        order = next(iter(known.values()), None)
        dedication = await dedication_of(connection, found.merchant, order) if order else None
    tax = order.tax_treatment if order else UNTAXED
    return Held(number=numbers[place.certificate_id], entries=tuple(entries), tax=tax, dedication=dedication)


async def print_held(deps: GiftDependencies, found: Located, *, paper: Paper | None) -> tuple[Sheet, bytes]:
    """Return the sheet and the PDF of a certificate, as it stands, on `paper`; None: as it is printed at home.

    Raises:
        TypesettingFailed, Unavailable: as the typesetter.
    """
    place = found.place
    async with deps.database.connection() as connection:
        standing = await standing_of(connection, deps, place.merchant_id, place.certificate_id)
        sheet = await sheet_of(connection, deps, found.merchant, standing)
    return sheet, await typeset(deps, sheet, paper)
