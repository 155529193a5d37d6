"""Redeem, hold, capture, release, and undo that: what a till does all day."""

from collections.abc import Sequence
from datetime import timedelta

from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.amounts import Amounts, shown_operation
from largesse.interfaces.rest_api.messages import (
    BillPartAsked,
    CaptureAsked,
    HoldAsked,
    OperationShown,
    OperationsShown,
    PayBillAsked,
    RedeemAsked,
    ReleaseAsked,
    ReverseAsked,
)
from largesse.interfaces.rest_api.places import named, place_of, spot_at
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, command
from largesse.ledger import Outcome, Redeem
from largesse.services.certificates import (
    Place,
    capture_hold,
    place_hold,
    redeem,
    redeem_by_number,
    release_hold,
    reverse,
    said_of,
)

_SCOPE = KeyScope.CERTIFICATES_REDEEM


def answer_of(outcome: Outcome) -> RestAnswer:
    """Return how an operation on one certificate is answered."""
    return RestAnswer(value=shown_operation(outcome), sequence=outcome.seq, replayed=outcome.replayed)


async def redeem_one(caller: RestCaller) -> RestAnswer:
    """Spend from one certificate. By its number, it is found where it is locked, and read nowhere before."""
    asked: RedeemAsked = caller.body
    named(asked)
    amounts = Amounts(asked.currency)
    value, gratuity = amounts.minor(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    rates = amounts.rates(asked.rates)
    amounts.done()
    spot = await spot_at(caller, asked.location, asked.device, asked.entry_mode)
    if asked.number is not None:
        outcome = await redeem_by_number(
            caller.deps,
            caller.merchant.merchant_id,
            asked.number,
            value=value,
            gratuity=gratuity,
            currency=asked.currency,
            spot=spot,
            rates=rates,
            request=caller.request,
            now=caller.now,
        )
    else:
        outcome = await redeem(
            caller.deps,
            await place_of(caller, asked),
            value=value,
            gratuity=gratuity,
            currency=asked.currency,
            spot=spot,
            rates=rates,
            request=caller.request,
            now=caller.now,
        )
    return answer_of(outcome)


async def pay_bill(caller: RestCaller) -> RestAnswer:
    """Spend from several certificates for one bill, all or nothing."""
    asked: PayBillAsked = caller.body
    amounts = Amounts(asked.currency)
    for place, part in enumerate(asked.parts):
        named(part, at=f"/parts/{place}")
    taken = [
        (amounts.minor(part.amount, f"/parts/{place}/amount"), amounts.minor(part.gratuity, f"/parts/{place}/gratuity"))
        for place, part in enumerate(asked.parts)
    ]
    amounts.done()
    spot = await spot_at(caller, asked.location, asked.device, None)
    if spot.refusal is not None:
        raise spot.refusal
    places = await _places(caller, asked.parts)
    commands = [
        Redeem(
            **said_of(place, caller.request, spot),
            value=value,
            gratuity=gratuity,
            currency=asked.currency,
        )
        for place, (value, gratuity) in zip(places, taken, strict=True)
    ]
    outcomes = await caller.deps.ledger.submit_all(commands, now=caller.now)
    parts = [shown_operation(one) for one in outcomes]
    shown = OperationsShown(operation_id=caller.request.operation_id, parts=parts)
    return RestAnswer(value=shown, replayed=any(one.replayed for one in outcomes))


async def _places(caller: RestCaller, parts: Sequence[BillPartAsked]) -> list[Place]:
    return [await place_of(caller, part) for part in parts]


async def hold(caller: RestCaller) -> RestAnswer:
    """Set value aside."""
    asked: HoldAsked = caller.body
    named(asked)
    amounts = Amounts(asked.currency)
    value, gratuity = amounts.minor(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    amounts.done()
    outcome = await place_hold(
        caller.deps,
        await place_of(caller, asked),
        value=value,
        gratuity=gratuity,
        currency=asked.currency,
        lasting=timedelta(seconds=asked.expires_in_s),
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def capture(caller: RestCaller) -> RestAnswer:
    """Spend what a hold set aside."""
    asked: CaptureAsked = caller.body
    named(asked)
    amounts = Amounts(asked.currency)
    value, gratuity = amounts.minor(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    rates = amounts.rates(asked.rates)
    amounts.done()
    outcome = await capture_hold(
        caller.deps,
        await place_of(caller, asked),
        hold_id=asked.hold_id,
        value=value,
        gratuity=gratuity,
        currency=asked.currency,
        rates=rates,
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def release(caller: RestCaller) -> RestAnswer:
    """Free what a hold set aside."""
    asked: ReleaseAsked = caller.body
    named(asked)
    outcome = await release_hold(
        caller.deps,
        await place_of(caller, asked),
        hold_id=asked.hold_id,
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def reverse_one(caller: RestCaller) -> RestAnswer:
    """Undo a redemption or a capture."""
    asked: ReverseAsked = caller.body
    named(asked)
    outcome = await reverse(
        caller.deps,
        await place_of(caller, asked),
        redemption_id=asked.redemption_id,
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


ROUTES: tuple[RestRoute, ...] = (
    command(
        "/certificates/redeem",
        "redeemCertificate",
        "Spend value, gratuity or both of one certificate.",
        scope=_SCOPE,
        work=redeem_one,
        takes=RedeemAsked,
        gives=OperationShown,
        conditional=True,
    ),
    command(
        "/certificates/pay-bill",
        "payBill",
        "Spend from several certificates for one bill, all or nothing.",
        scope=_SCOPE,
        work=pay_bill,
        takes=PayBillAsked,
        gives=OperationsShown,
    ),
    command(
        "/certificates/hold",
        "holdCertificate",
        "Set value aside until it is captured or released, or its time has passed.",
        scope=_SCOPE,
        work=hold,
        takes=HoldAsked,
        gives=OperationShown,
        conditional=True,
    ),
    command(
        "/certificates/capture",
        "captureHold",
        "Spend at most what a hold set aside; the rest of it is free again.",
        scope=_SCOPE,
        work=capture,
        takes=CaptureAsked,
        gives=OperationShown,
        conditional=True,
    ),
    command(
        "/certificates/release",
        "releaseHold",
        "Free what a hold set aside.",
        scope=_SCOPE,
        work=release,
        takes=ReleaseAsked,
        gives=OperationShown,
        conditional=True,
    ),
    command(
        "/certificates/reverse",
        "reverseRedemption",
        "Undo one redemption or capture, whole and once.",
        scope=_SCOPE,
        work=reverse_one,
        takes=ReverseAsked,
        gives=OperationShown,
        conditional=True,
    ),
)
