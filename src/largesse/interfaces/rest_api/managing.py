"""What is done with certificates besides spending: give money back, correct, block, end, prolong, move."""

from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.amounts import Amounts, shown_operation
from largesse.interfaces.rest_api.messages import (
    ActOnCertificate,
    AdjustAsked,
    ExtendAsked,
    IssuedShown,
    OperationShown,
    PayOutAsked,
    RefundAsked,
    TransferAsked,
    VoidAsked,
)
from largesse.interfaces.rest_api.places import named, place_of, spot_at
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, Work, command
from largesse.interfaces.rest_api.spending import answer_of
from largesse.services.certificates import (
    Place,
    adjust,
    block,
    cash_out,
    extend,
    merge,
    reinstate,
    reissue,
    unblock,
)
from largesse.services.refunds import refund, void

_SCOPE = KeyScope.CERTIFICATES_MANAGE


async def refund_one(caller: RestCaller) -> RestAnswer:
    """Owe unspent value back to who paid."""
    asked: RefundAsked = caller.body
    named(asked)
    amounts = Amounts(asked.currency or caller.merchant.currency)
    value, gratuity = amounts.optional(asked.amount, "/amount"), amounts.optional(asked.gratuity, "/gratuity")
    amounts.done()
    outcome = await refund(
        caller.deps,
        await place_of(caller, asked),
        value=value,
        gratuity=gratuity,
        lot_id=asked.lot_id,
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def cash_out_one(caller: RestCaller) -> RestAnswer:
    """Pay out what is left, where the law profile gives the holder that."""
    asked: PayOutAsked = caller.body
    named(asked)
    outcome = await cash_out(
        caller.deps,
        await place_of(caller, asked),
        payer=asked.payer,
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def adjust_one(caller: RestCaller) -> RestAnswer:
    """Correct a balance."""
    asked: AdjustAsked = caller.body
    named(asked)
    amounts = Amounts(asked.currency)
    value, gratuity = amounts.minor(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    amounts.done()
    place = await place_of(caller, asked)
    await amounts.must_be_of(caller, place)
    outcome = await adjust(caller.deps, place, value=value, gratuity=gratuity, request=caller.request, now=caller.now)
    return answer_of(outcome)


async def block_one(caller: RestCaller) -> RestAnswer:
    """Refuse spending."""
    place = await _place(caller)
    return answer_of(await block(caller.deps, place, request=caller.request, now=caller.now))


async def unblock_one(caller: RestCaller) -> RestAnswer:
    """Allow spending again."""
    place = await _place(caller)
    return answer_of(await unblock(caller.deps, place, request=caller.request, now=caller.now))


async def void_one(caller: RestCaller) -> RestAnswer:
    """End a certificate."""
    asked: VoidAsked = caller.body
    named(asked)
    place = await place_of(caller, asked)
    return answer_of(await void(caller.deps, place, reason=asked.reason, request=caller.request, now=caller.now))


async def extend_one(caller: RestCaller) -> RestAnswer:
    """Make a certificate good for longer."""
    asked: ExtendAsked = caller.body
    named(asked)
    outcome = await extend(
        caller.deps,
        caller.merchant,
        await place_of(caller, asked),
        good_through=asked.good_through,
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def reinstate_one(caller: RestCaller) -> RestAnswer:
    """Undo an expiry."""
    asked: ExtendAsked = caller.body
    named(asked)
    outcome = await reinstate(
        caller.deps,
        caller.merchant,
        await place_of(caller, asked),
        good_through=asked.good_through,
        for_ever=asked.good_through is None,
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def transfer_one(caller: RestCaller) -> RestAnswer:
    """Move value to another certificate."""
    asked: TransferAsked = caller.body
    named(asked)
    named(asked.to, at="/to")
    amounts = Amounts(asked.currency)
    value, gratuity = amounts.minor(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    amounts.done()
    source, target = await place_of(caller, asked), await place_of(caller, asked.to)
    await amounts.must_be_of(caller, source)
    outcome = await merge(
        caller.deps, source, target, value=value, gratuity=gratuity, request=caller.request, now=caller.now
    )
    return answer_of(outcome)


async def reissue_one(caller: RestCaller) -> RestAnswer:
    """Give a certificate a new number; the old one is void."""
    place = await _place(caller)
    done = await reissue(caller.deps, caller.merchant, place, request=caller.request, now=caller.now)
    number = None if caller.dry_run else done.number
    shown = IssuedShown(
        operation=shown_operation(done.outcome),
        certificate_id=done.certificate_id,
        number=number,
        redeem_url=redeem_url(caller, number),
    )
    return RestAnswer(value=shown, replayed=done.outcome.replayed)


def redeem_url(caller: RestCaller, number: str | None) -> str | None:
    """Return where the holder of a number sees what remains; nowhere in a sandbox, whose numbers no page knows."""
    if number is None or not caller.merchant.is_live:
        return None
    return f"{caller.deps.base_url}/gifts/redeem.html?code={number}"


async def _place(caller: RestCaller) -> Place:
    asked: ActOnCertificate = caller.body
    named(asked)
    return await place_of(caller, asked)


def _route(path: str, name: str, summary: str, *, work: Work, takes: type, gives: type = OperationShown) -> RestRoute:
    return command(
        f"/certificates/{path}", name, summary, scope=_SCOPE, work=work, takes=takes, gives=gives, conditional=True
    )


ROUTES: tuple[RestRoute, ...] = (
    _route(
        "refund",
        "refundCertificate",
        "Owe unspent value back to who paid for it, by the way it came.",
        work=refund_one,
        takes=RefundAsked,
    ),
    _route(
        "cash-out",
        "cashOutCertificate",
        "Pay the face of what is left, where the law profile gives the holder that, and end the certificate.",
        work=cash_out_one,
        takes=PayOutAsked,
    ),
    _route("adjust", "adjustCertificate", "Correct a balance, with a reason.", work=adjust_one, takes=AdjustAsked),
    _route(
        "block", "blockCertificate", "Refuse spending until it is unblocked.", work=block_one, takes=ActOnCertificate
    ),
    _route("unblock", "unblockCertificate", "Allow spending again.", work=unblock_one, takes=ActOnCertificate),
    _route("void", "voidCertificate", "End a certificate for good.", work=void_one, takes=VoidAsked),
    _route("extend", "extendCertificate", "Make a certificate good for longer.", work=extend_one, takes=ExtendAsked),
    _route(
        "reinstate", "reinstateCertificate", "Undo an expiry, whole and once.", work=reinstate_one, takes=ExtendAsked
    ),
    _route("transfer", "transferValue", "Move value to another certificate.", work=transfer_one, takes=TransferAsked),
    _route(
        "reissue",
        "reissueCertificate",
        "Give a certificate a new number; the old one is void from then on.",
        work=reissue_one,
        takes=ActOnCertificate,
        gives=IssuedShown,
    ),
)
