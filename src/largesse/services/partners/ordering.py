"""A partner orders a certificate on account, or asks what would come of it."""

from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from largesse.domain import partners
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderNumberTaken
from largesse.domain.partners import Access, OrderWanted, PartialOrder, Partner
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.numbers import make_sample_number
from largesse.ledger import fingerprint
from largesse.services.gifts import schedule_on_account
from largesse.services.partners.admission import Admitted
from largesse.services.partners.dependencies import PartnerDependencies
from largesse.services.partners.placing import PlacedOnAccount, contact_of, place, replayed

DRAWS_MAX = 3


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An order as an interface read it; `fingerprint` stands for what was asked for, whether or not it reads well."""

    order: OrderWanted | PartialOrder
    fingerprint: bytes
    idempotency_key: str | None = None


async def order_on_account(
    deps: PartnerDependencies, admitted: Admitted, request: OrderRequest, *, now: datetime
) -> PlacedOnAccount:
    """Issue the certificate that is asked for, durable before this returns.

    The same idempotency key with the same order gives the first answer again, for ever and whatever changed since.

    Raises:
        OrderInvalid: some of it is wrong; every field is named.
        AgreementDisabled, AgreementSuspended, CreditExhausted: the agreement does not allow it.
        OperationReused: the key was used for another order.
        Unavailable: not now; try again, with the same key.
    """
    access, merchant = admitted.access, admitted.merchant
    operation_id = _operation_id(access, request.idempotency_key)
    if isinstance(request.order, PartialOrder):
        if operation_id is not None:
            async with deps.database.connection() as connection:
                earlier = await deps.orders_on_account.find(connection, access.merchant_id, operation_id)
            if earlier is not None:
                return _or_raise(replayed(earlier, request.fingerprint))
        raise await _refusal_of_partial(deps, admitted, request.order)
    draw = partial(
        place,
        request.order,
        merchant=merchant,
        buyer=access.partner,
        tax=access.tax,
        price_reduction_ppm=access.price_reduction_ppm,
        actor=access.actor,
        operation_id=operation_id,
        fingerprint=request.fingerprint,
        keyring=deps.keyring,
        spender_id=access.key_id,
        now=now,
    )
    for _ in range(DRAWS_MAX - 1):
        try:
            return await deps.orders_on_account.submit(draw())
        except OrderNumberTaken:  # a prefix of four letters leaves 40 random bits: rare, and worth another draw
            continue
    return await deps.orders_on_account.submit(draw())


async def sell_on_account(
    deps: PartnerDependencies,
    merchant: Merchant,
    partner: Partner,
    wanted: OrderWanted,
    *,
    operation_id: UUID,
    actor: str,
    now: datetime,
) -> PlacedOnAccount:
    """Issue a certificate on a partner's account that staff order in its name, and mail it as `wanted.gift` says.

    Asked again, it tells the first.

    Raises:
        AgreementDisabled, AgreementSuspended, CreditExhausted, OrderInvalid: the agreement does not allow it.
        OperationReused: the operation id was used for another order.
    """
    async with deps.database.connection() as connection:
        agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    asked = fingerprint(msgspec.json.encode((partner.partner_id, repr(wanted))))
    placing = place(
        wanted,
        merchant=merchant,
        buyer=partner,
        tax=agreement.tax,
        price_reduction_ppm=agreement.price_reduction_ppm,
        actor=actor,
        operation_id=operation_id,
        fingerprint=asked,
        keyring=deps.keyring,
        now=now,
    )
    async with deps.transaction() as connection:
        [outcome] = await deps.orders_on_account.place_within(connection, [placing])
        if isinstance(outcome, LargesseError):
            raise outcome
        if not outcome.replayed:
            await schedule_on_account(connection, merchant, [outcome.order], now=now)
    return outcome


async def try_order(
    deps: PartnerDependencies, admitted: Admitted, request: OrderRequest, *, now: datetime
) -> PlacedOnAccount:
    """Check everything that an order must pass, and return a sample of its answer. Nothing is written.

    Raises:
        LargesseError: as `order_on_account` would, at this moment.
    """
    if isinstance(request.order, PartialOrder):
        raise await _refusal_of_partial(deps, admitted, request.order)
    access, merchant = admitted.access, admitted.merchant
    async with deps.database.connection() as connection:
        agreement = await partners.agreement_of(connection, access.merchant_id, access.partner_id)
    sample = place(
        request.order,
        merchant=merchant,
        buyer=access.partner,
        tax=access.tax,
        price_reduction_ppm=access.price_reduction_ppm,
        actor=access.actor,
        operation_id=None,
        fingerprint=request.fingerprint,
        keyring=deps.keyring,
        now=now,
    )
    refused = partners.refusal(
        agreement,
        request.order.amount,
        owed=sample.order.total,
        refcode=request.order.refcode,
        contact=contact_of(merchant),
    )
    if refused is not None:
        raise refused
    return PlacedOnAccount(order=sample.order, number=make_sample_number(merchant.prefix))


def operation_of_key(merchant_id: UUID, partner_id: UUID, idempotency_key: str) -> UUID:
    """Return the operation that an Idempotency-Key of a partner stands for."""
    return derived_id("order-on-account", merchant_id, partner_id, idempotency_key)


def _operation_id(access: Access, idempotency_key: str | None) -> UUID | None:
    """Return the operation that a key stands for; without a key each call is an operation of its own."""
    if idempotency_key is None:
        return None
    return operation_of_key(access.merchant_id, access.partner_id, idempotency_key)


async def _refusal_of_partial(deps: PartnerDependencies, admitted: Admitted, order: PartialOrder) -> LargesseError:
    access = admitted.access
    async with deps.database.connection() as connection:
        agreement = await partners.agreement_of(connection, access.merchant_id, access.partner_id)
    return partners.refusal_of_partial(agreement, order, contact_of(admitted.merchant))


def _or_raise(outcome: PlacedOnAccount | LargesseError) -> PlacedOnAccount:
    if isinstance(outcome, LargesseError):
        raise outcome
    return outcome
