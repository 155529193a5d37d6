"""Batches of cards that are printed before they are sold: ask for one, see how it stands, give it up."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.domain.cards import BatchKind, CardBatch
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api import list_messages as told
from largesse.interfaces.rest_api.amounts import Amounts
from largesse.interfaces.rest_api.messages import CurrencyText, MemoText
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, command, reading
from largesse.services import cards, listings

_SCOPE = KeyScope.CARDS_MANAGE
_ONE = "/card-batches/{batch_id}"


class BatchAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of cards. They are made in the background; look at the batch until it is `ready`."""

    kind: Literal["two_codes", "one_code"]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    count: Annotated[int, Meta(ge=1, le=100_000)]
    currency: CurrencyText | None = None


class VoidBatchAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a batch is given up: what nobody has bought of it ends."""

    memo: MemoText | None = None


class BatchListed(msgspec.Struct, frozen=True, kw_only=True):
    """A batch; `progress` counts the cards of `count` that are made, or ended."""

    batch_id: UUID
    kind: str
    name: str
    currency: CurrencyText
    count: int
    state: str
    progress: int
    drawn: int
    file_taken_at: datetime | None
    created_at: datetime


class BatchShown(BatchListed, frozen=True, kw_only=True):
    """A batch, with how many of its cards nobody has bought, are sold, and are void."""

    unsold: int
    sold: int
    void: int


class BatchesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of batches, the newest first."""

    data: list[BatchListed]
    next: told.Next


def _fields(one: CardBatch) -> dict[str, object]:
    return {
        "batch_id": one.batch_id,
        "kind": one.kind.value,
        "name": one.name,
        "currency": one.currency,
        "count": one.count,
        "state": one.state.value,
        "progress": one.progress,
        "drawn": one.drawn,
        "file_taken_at": one.revealed_at,
        "created_at": one.created_at,
    }


def _answer(one: CardBatch) -> RestAnswer:
    return RestAnswer(value=msgspec.convert(_fields(one), BatchListed), resource_id=one.batch_id)


async def batches(caller: RestCaller) -> RestAnswer:
    """List the batches."""
    asked: told.PageAsked = caller.parameters
    async with caller.deps.database.connection() as connection:
        found = await listings.page_of(
            connection,
            listings.BATCHES_LISTED,
            caller.merchant.merchant_id,
            after=asked.after,
            limit=asked.limit,
        )
    return RestAnswer(
        value=BatchesPage(data=[BatchListed(**dict(row)) for row in found.rows], next=found.after or None)
    )


async def show(caller: RestCaller) -> RestAnswer:
    """Show a batch."""
    one = await cards.find_batch(caller.deps, caller.merchant, caller.ids["batch_id"])
    standing = (await cards.counts(caller.deps, caller.merchant)).get(one.batch_id, cards.CardCounts())
    counts = {"unsold": standing.unsold, "sold": standing.sold, "void": standing.void}
    return RestAnswer(value=msgspec.convert(_fields(one) | counts, BatchShown))


async def ask(caller: RestCaller) -> RestAnswer:
    """Ask for a batch."""
    asked: BatchAsked = caller.body
    code = asked.currency or caller.merchant.currency
    Amounts(code).done()
    one = await cards.open_batch(
        caller.deps,
        caller.merchant,
        kind=BatchKind(asked.kind),
        name=asked.name,
        count=asked.count,
        currency=code,
        batch_id=caller.request.operation_id,
        actor=caller.request.actor,
        now=caller.now,
    )
    return _answer(one)


async def void(caller: RestCaller) -> RestAnswer:
    """Give a batch up."""
    asked: VoidBatchAsked = caller.body
    one = await cards.void_batch(
        caller.deps,
        caller.merchant,
        caller.ids["batch_id"],
        actor=caller.request.actor,
        reason=asked.memo,
        now=caller.now,
    )
    return _answer(one)


ROUTES: tuple[RestRoute, ...] = (
    reading(
        "/card-batches", "listCardBatches", "List batches of cards, the newest first.", scope=_SCOPE, work=batches,
        gives=BatchesPage, parameters=told.PageAsked, tag="Cards",
    ),
    reading(
        _ONE, "showCardBatch", "Show a batch, and how many of its cards are sold.", scope=_SCOPE, work=show,
        gives=BatchShown, tag="Cards",
    ),
    command(
        "/card-batches", "makeCardBatch", "Ask for a batch of cards without value; a worker makes them.", scope=_SCOPE,
        work=ask, takes=BatchAsked, gives=BatchListed, status=202, tag="Cards", keeps=True,
    ),
    command(
        f"{_ONE}/void", "voidCardBatch", "Give a batch up: what nobody has bought of it ends.", scope=_SCOPE,
        work=void, takes=VoidBatchAsked, gives=BatchListed, tag="Cards", keeps=True,
    ),
)  # fmt: skip
"""The table of batches."""
