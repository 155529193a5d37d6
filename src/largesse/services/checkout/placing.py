"""Place a draft: once, however often and from however many tabs it is asked for.

Most drafts are placed for the first time, take nothing of which there is only so much, and are held by nobody else;
those are placed many in one transaction, as orders on account are. Every other is placed in a transaction of its own,
where it may wait for whoever holds it, its stock or its promo code, and nobody waits with it. Either way the draft's
row is locked first (docs/decisions/0061-checkouts-are-placed-together.md).

A draft that was placed and not changed since gives the same checkout; one that was changed gives a new one, and the
one before is given up, so that nobody pays for what they no longer want.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection, Database, GroupCommit, gathering
from largesse.domain import catalog, drafts, orders
from largesse.domain.catalog import Line, Offering, PromoCode, PromoRefused, SoldOut
from largesse.domain.drafts import Draft
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing, CheckoutStatus
from largesse.domain.payments import MANUAL
from largesse.kernel.errors import LargesseError
from largesse.services.checkout.basket import (
    ALONE,
    Alone,
    CheckoutRequest,
    PlaceCheckout,
    Refused,
    basket_of,
    checked,
    print_of,
)
from largesse.services.checkout.by_hand import keep_until
from largesse.services.checkout.dependencies import CheckoutDependencies
from largesse.services.checkout.drafting import living
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.quote import promo_fault
from largesse.services.checkout.reading import ReadDraft, read_against, read_content
from largesse.services.orders import Placed, add_placed, as_placed, give_up_checkout


class _PromoGone(Exception):
    """A promo code that was good when the draft was read is not any more; the transaction has to end."""

    def __init__(self, refused: PromoRefused, promo: PromoCode) -> None:
        super().__init__()
        self.refused = refused
        self.promo = promo


async def place(
    deps: CheckoutDependencies, merchant: Merchant, command: PlaceCheckout, *, now: datetime
) -> Placed | Refused:
    """Place the draft as a checkout that waits for payment, or tell everything that stands against it.

    Prices, stock and promo code are looked up anew. A checkout that is paid already comes back as it is.

    Raises:
        Unavailable: not now. Nothing was done, or asking again tells what was.
    """
    request = CheckoutRequest(merchant=merchant, command=command, now=now)
    answer = ALONE if command.buyer.promo or command.buyer.gateway == MANUAL else await deps.checkouts.submit(request)
    return await _place_alone(deps, request) if isinstance(answer, Alone) else answer


def open_checkouts(database: Database) -> GroupCommit[CheckoutRequest, Placed | Refused | Alone]:
    """Return what places drafts many in one transaction. Use with `async with`."""
    return GroupCommit(database, place_together, merchant_of=lambda request: request.merchant.merchant_id)


async def place_together(
    connection: Connection, batch: Sequence[CheckoutRequest]
) -> Sequence[Placed | Refused | Alone | LargesseError]:
    """Place those drafts of a batch that can be placed with others; `ALONE` stands for each that cannot."""
    free = await drafts.lock_unplaced(connection, [request.draft for request in batch])
    mine = [free.pop(request.draft, None) for request in batch]  # asked for twice at once, a draft goes with the first
    wanted = {(draft.merchant_id, gift.offering_id) for draft in mine if draft for gift in draft.content.gifts}
    offerings = await catalog.offerings_of_many(connection, wanted)
    outcomes = list[Placed | Refused | Alone | LargesseError]()
    placed = list[tuple[Draft, Placed]]()
    for request, draft in zip(batch, mine, strict=True):
        outcome = ALONE if draft is None else _decide(request, draft, offerings)
        if draft is not None and isinstance(outcome, Placed):
            placed.append((_kept(draft, request, outcome), outcome))
        outcomes.append(outcome)
    if placed:
        async with gathering(connection) as writes:
            add_placed(writes, [one for _, one in placed])
            drafts.place_drafts(writes, [draft for draft, _ in placed])
    return outcomes


def _decide(
    request: CheckoutRequest, draft: Draft, offerings: Mapping[tuple[UUID, UUID], Offering]
) -> Placed | Refused | Alone:
    """Return what a draft becomes that was never placed."""
    known = {
        gift.offering_id: offering
        for gift in draft.content.gifts
        if request.merchant.closed_at is None
        and (offering := offerings.get((draft.merchant_id, gift.offering_id))) is not None
    }
    if any(offering.stock_left is not None for offering in known.values()):
        return ALONE
    content = replace(draft.content, buyer=request.command.buyer)
    read = read_against(content, known, request.merchant, now=request.now)
    billing = checked(read, request.command, request.merchant)
    return billing if isinstance(billing, Refused) else _as_placed(request, draft, read, billing)


async def _place_alone(deps: CheckoutDependencies, request: CheckoutRequest) -> Placed | Refused:
    try:
        async with deps.database.transaction() as connection:
            return await _place(connection, request)
    except SoldOut:
        return Refused(faults=(Fault(field="gifts", kind=FaultKind.SOLD_OUT),))
    except _PromoGone as gone:
        return Refused(faults=(promo_fault(gone.refused, gone.promo),))


async def _place(connection: Connection, request: CheckoutRequest) -> Placed | Refused:
    """Place a draft in the caller's transaction, which ends with nothing done when stock or promo code is gone.

    Raises:
        SoldOut: what was still free a moment ago is gone.
        _PromoGone: so is the promo code.
    """
    merchant, command, now = request.merchant, request.command, request.now
    draft = await drafts.lock_draft(connection, merchant.merchant_id, command.token)
    if draft is None:
        return Refused(faults=(Fault(field="gifts", kind=FaultKind.NO_GIFTS),))
    if draft.checkout_id is not None and (await living(connection, draft)).checkout_id is None:
        return await _as_it_stands(connection, merchant, draft.checkout_id)
    content = replace(draft.content, buyer=command.buyer)
    read = await read_content(connection, merchant, content, draft=draft, now=now)
    billing = checked(read, command, merchant)
    if isinstance(billing, Refused):
        return billing
    before = await _placed_before(connection, merchant, draft)
    if before is not None and before.orders[0].fingerprint == print_of(read, billing, command):
        return before
    lines = [Line(offering_id=gift.plan.offering.offering_id, amount=gift.priced.amount) for gift in read.quote.gifts]
    if before is not None:
        code = read.quote.promo.code if read.quote.promo else None
        given_up = before.checkout.checkout_id
        await catalog.prepare_swap(connection, merchant.merchant_id, given_up, lines, promo_code=code)
        await give_up_checkout(connection, merchant, given_up)
    placed = _as_placed(request, draft, read, billing)
    await _reserve(connection, placed, lines, read.quote.promo, billing, now=now)
    async with gathering(connection) as writes:
        add_placed(writes, [placed])
        drafts.place_drafts(writes, [_kept(draft, request, placed)])
    if placed.checkout.gateway == MANUAL and placed.checkout.total and command.by_hand_until is not None:
        await keep_until(connection, placed, command.by_hand_until, now=now)
    return placed


def _as_placed(request: CheckoutRequest, draft: Draft, read: ReadDraft, billing: Billing) -> Placed:
    basket = basket_of(draft, read, billing, request.command, request.merchant, now=request.now)
    return as_placed(request.merchant, basket, now=request.now, request=print_of(read, billing, request.command))


def _kept(draft: Draft, request: CheckoutRequest, placed: Placed) -> Draft:
    """Return what is remembered of a draft that was placed."""
    content = replace(draft.content, buyer=request.command.buyer)
    return replace(draft, content=content, touched_at=request.now, checkout_id=placed.checkout.checkout_id)


async def _placed_before(connection: Connection, merchant: Merchant, draft: Draft) -> Placed | None:
    """Return the checkout that the draft was placed as, if it still waits for payment; it is locked then."""
    if draft.checkout_id is None:
        return None
    [checkout] = await orders.lock_checkouts(connection, merchant.merchant_id, [draft.checkout_id])
    if checkout.status is not CheckoutStatus.OPEN:
        return None
    return await _as_it_stands(connection, merchant, draft.checkout_id)


async def _as_it_stands(connection: Connection, merchant: Merchant, checkout_id: UUID) -> Placed:
    checkout = await orders.find_checkout(connection, merchant.merchant_id, checkout_id)
    placed = await orders.orders_of_checkouts(connection, merchant.merchant_id, [checkout_id])
    return Placed(checkout=checkout, orders=tuple(placed), replayed=True)


async def _reserve(
    connection: Connection,
    placed: Placed,
    lines: Sequence[Line],
    promo: PromoCode | None,
    billing: Billing,
    *,
    now: datetime,
) -> None:
    """Take stock and promo code; what was still free a moment ago may be gone."""
    try:
        await catalog.reserve(
            connection,
            placed.checkout.merchant_id,
            placed.checkout.checkout_id,
            lines,
            promo_code=promo.code if promo else None,
            buyer=billing.email,
            now=now,
        )
    except PromoRefused as refused:
        assert promo is not None, "only a code can be refused as one"
        raise _PromoGone(refused, promo) from refused
