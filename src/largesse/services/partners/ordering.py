"""A partner orders a certificate on account, or asks what would come of it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from largesse.domain import partners
from largesse.domain.orders import OrderNumberTaken
from largesse.domain.partners import fingerprint_of_order, read_order
from largesse.kernel.clock import day_of
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.numbers import make_sample_number
from largesse.services.partners.admission import Admitted
from largesse.services.partners.dependencies import PartnerDependencies
from largesse.services.partners.placing import Placed, place, replayed

DRAWS_MAX = 3


async def order_on_account(
    deps: PartnerDependencies,
    admitted: Admitted,
    given: Mapping[str, object],
    *,
    idempotency_key: str | None = None,
    now: datetime,
) -> Placed:
    """Issue the certificate that `given` asks for, durable before this returns.

    The same `idempotency_key` with the same order gives the first answer again, for ever and whatever changed since.

    Raises:
        OrderInvalid: some of it is wrong; every field is named.
        AgreementDisabled, AgreementSuspended, CreditExhausted: the agreement does not allow it.
        OperationReused: the key was used for another order.
        Unavailable: not now; try again, with the same key.
    """
    reading = read_order(given, today=day_of(now, in_zone=admitted.merchant.zone))
    access, merchant = admitted.access, admitted.merchant
    operation_id = None
    if idempotency_key is not None:
        operation_id = derived_id("order-on-account", access.merchant_id, access.partner_id, idempotency_key)
    fingerprint = fingerprint_of_order(given)
    if reading.wanted is None:
        if operation_id is not None:
            async with deps.database.connection() as connection:
                earlier = await deps.orders_on_account.find(connection, access.merchant_id, operation_id)
            if earlier is not None:
                return _or_raise(replayed(earlier, fingerprint))
        raise await _invalid(deps, admitted, reading)
    draw = partial(
        place,
        reading.wanted,
        merchant=merchant,
        partner_id=access.partner_id,
        actor=access.actor,
        operation_id=operation_id,
        fingerprint=fingerprint,
        keyring=deps.keyring,
        now=now,
    )
    for _ in range(DRAWS_MAX - 1):
        try:
            return await deps.orders_on_account.submit(draw())
        except OrderNumberTaken:  # a prefix of four letters leaves 40 random bits: rare, and worth another draw
            continue
    return await deps.orders_on_account.submit(draw())


async def try_order(
    deps: PartnerDependencies, admitted: Admitted, given: Mapping[str, object], *, now: datetime
) -> Placed:
    """Check everything that an order must pass, and return a sample of its answer. Nothing is written.

    Raises:
        LargesseError: as `order_on_account` would, at this moment.
    """
    reading = read_order(given, today=day_of(now, in_zone=admitted.merchant.zone))
    if reading.wanted is None:
        raise await _invalid(deps, admitted, reading)
    access, merchant = admitted.access, admitted.merchant
    async with deps.database.connection() as connection:
        agreement = await partners.agreement_of(connection, access.merchant_id, access.partner_id)
    refused = partners.refusal(agreement, reading.wanted.currency, reading.wanted.amount)
    if refused is not None:
        raise refused
    sample = place(
        reading.wanted,
        merchant=merchant,
        partner_id=access.partner_id,
        actor=access.actor,
        operation_id=None,
        fingerprint=fingerprint_of_order(given),
        keyring=deps.keyring,
        now=now,
    )
    return Placed(order=sample.order, number=make_sample_number(merchant.prefix))


async def _invalid(deps: PartnerDependencies, admitted: Admitted, reading: partners.Reading) -> LargesseError:
    """Return why an order that does not read well is refused: the agreement's state first, then all its faults."""
    access = admitted.access
    async with deps.database.connection() as connection:
        agreement = await partners.agreement_of(connection, access.merchant_id, access.partner_id)
    return partners.standing(agreement) or reading.invalid(agreement)


def _or_raise(outcome: Placed | LargesseError) -> Placed:
    if isinstance(outcome, LargesseError):
        raise outcome
    return outcome
