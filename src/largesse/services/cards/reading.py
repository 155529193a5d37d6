"""What is told of batches: the printer's file, once; which cards are unsold; a pool's next code; whose a code is."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import load
from largesse.domain import cards, certificates, staff
from largesse.domain.cards import (
    BatchKind,
    BatchNotReady,
    BatchState,
    BatchUnknown,
    CardBatch,
    FileTaken,
    NoFile,
    PoolEmpty,
)
from largesse.domain.certificates import NumberRole
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.numbers import in_groups
from largesse.services.cards.dependencies import CardDependencies
from largesse.services.cards.drawing import next_cards
from largesse.services.cards.making import find_batch
from largesse.services.certificates import CertificateDependencies, Located, locate_id

_views = load(__package__, "views.sql")
_REDEEM = "/gifts/redeem.html?code="


class PrintedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the printer's file. Without a `number`, the card has its outer code alone.

    `qr` and `barcode` are what the codes inside say; outside stands the activation code, as text and as a barcode.
    """

    position: int
    activation_code: str
    activation_barcode: str
    number: str = ""
    qr: str = ""
    barcode: str = ""

    def __repr__(self) -> str:
        """Leave the codes out."""
        return f"PrintedCard(position={self.position})"


class CardCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many cards of a batch nobody has bought, stand sold, and are void."""

    unsold: int = 0
    sold: int = 0
    void: int = 0


class UnsoldCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card that nobody has bought, by its place, and what the code outside on it ends in."""

    position: int
    certificate_id: UUID
    last_four: str


async def take_file(
    deps: CardDependencies, merchant: Merchant, batch_id: UUID, *, actor: str, reason: str | None, now: datetime
) -> list[PrintedCard]:
    """Return the printer's file of a batch, once; it is audited.

    Raises:
        BatchUnknown, BatchNotReady: there is no such batch, or it is not ready.
        NoFile: it is a pool.
        FileTaken: it was taken before.
    """
    async with deps.transaction(long=True) as connection:
        batch = await cards.lock_batch(connection, merchant.merchant_id, batch_id)
        if batch is None:
            raise BatchUnknown
        if batch.kind is BatchKind.POOL:
            raise NoFile
        if batch.state is not BatchState.READY:
            raise BatchNotReady
        if batch.revealed_at is not None:
            raise FileTaken
        await cards.put_batch(connection, replace(batch, revealed_at=now))
        await staff.record(
            connection,
            merchant.merchant_id,
            Audited.CARDS_REVEALED,
            subject=str(batch_id),
            actor=actor,
            reason=reason,
            now=now,
        )
        placed = await cards.cards_from(connection, batch, after=0, limit=batch.count)
        ids = [certificate_id for _, certificate_id in placed]
        outside = await certificates.open_numbers(
            connection, deps.keyring, merchant.merchant_id, ids, role=NumberRole.ACTIVATION
        )
        inside = dict[UUID, str]()
        if batch.kind is BatchKind.TWO_CODES:
            inside = await certificates.open_numbers(connection, deps.keyring, merchant.merchant_id, ids)
    return [_printed(deps, place, outside[one], inside.get(one, "")) for place, one in placed]


def _printed(deps: CardDependencies, place: int, outside: str, number: str) -> PrintedCard:
    return PrintedCard(
        position=place,
        activation_code=in_groups(outside),
        activation_barcode=outside,
        number=in_groups(number) if number else "",
        qr=f"{deps.base_url}{_REDEEM}{number}" if number else "",
        barcode=number,
    )


async def counts(deps: CardDependencies, merchant: Merchant) -> Mapping[UUID, CardCounts]:
    """Return how the cards of each batch stand."""
    async with deps.database.connection() as connection:
        rows = await connection.fetch(_views.standing, merchant.merchant_id)
    return {row["batch_id"]: CardCounts(unsold=row["unsold"], sold=row["sold"], void=row["void"]) for row in rows}


async def unsold(
    deps: CardDependencies, merchant: Merchant, batch_id: UUID, *, after: int = 0, limit: int = 1_000
) -> list[UnsoldCard]:
    """Return the cards of a batch that nobody has bought, after a place.

    Raises:
        BatchUnknown: there is no such batch.
    """
    batch = await find_batch(deps, merchant, batch_id)
    role = NumberRole.NUMBER if batch.kind is BatchKind.POOL else NumberRole.ACTIVATION
    async with deps.database.connection() as connection:
        rows = await connection.fetch(_views.unsold, merchant.merchant_id, batch_id, after, role, limit)
    return [
        UnsoldCard(position=row["position"], certificate_id=row["certificate_id"], last_four=row["last_four"] or "")
        for row in rows
    ]


async def draw(deps: CardDependencies, merchant: Merchant, batch_id: UUID) -> tuple[CardBatch, UUID, str]:
    """Return the next code of a pool, each once, with the certificate that it is of and the pool as it then stands.

    Raises:
        BatchUnknown, BatchNotReady: there is no such pool, or it is not ready.
        PoolEmpty: all are drawn.
    """
    async with deps.transaction() as connection:
        batch = await cards.lock_batch(connection, merchant.merchant_id, batch_id)
        if batch is None or batch.kind is not BatchKind.POOL:
            raise BatchUnknown
        if batch.state is not BatchState.READY:
            raise BatchNotReady
        batch, drawn = await next_cards(connection, deps, batch, 1)
        if not drawn:
            raise PoolEmpty
        [certificate_id] = drawn
        numbers = await certificates.open_numbers(connection, deps.keyring, merchant.merchant_id, [certificate_id])
    return batch, certificate_id, numbers[certificate_id]


async def locate_card(deps: CertificateDependencies, merchant: Merchant, text: str) -> Located:
    """Return the card whose outer code, or number, somebody scanned: to activate or reload it, and nothing else.

    Raises:
        CertificateUnknown: the merchant has no such card.
    """
    async with deps.database.connection() as connection:
        found = await certificates.find_by_activation_code(connection, deps.keyring, merchant.merchant_id, text)
    return await locate_id(deps, merchant, found)
