"""Issue, prepare, activate and reload: what puts value on certificates."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from largesse.domain import certificates
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.amounts import Amounts, shown_operation, tax_of
from largesse.interfaces.rest_api.managing import redeem_url
from largesse.interfaces.rest_api.messages import (
    AboutCertificate,
    ActivateAsked,
    BulkIssueAsked,
    BulkShown,
    IssueAsked,
    IssuedShown,
    LineShown,
    OperationShown,
    PrepareAsked,
    ReloadAsked,
    ToIssue,
    UndoReloadAsked,
)
from largesse.interfaces.rest_api.places import named, place_of, spot_at
from largesse.interfaces.rest_api.reading import RequestInvalid
from largesse.interfaces.rest_api.routing import (
    BULK_BYTES_MAX,
    RestAnswer,
    RestCaller,
    RestRoute,
    command,
)
from largesse.interfaces.rest_api.spending import answer_of
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.money import plain
from largesse.services.certificates import (
    IssuedNow,
    IssuePlan,
    IssueWanted,
    Tender,
    activate,
    issue,
    issue_all,
    issue_each,
    locate_id,
    prepare,
    reload,
    tax_faults,
)
from largesse.services.refunds import undo_reload

_SCOPE: Final = KeyScope.CERTIFICATES_ISSUE


def _wanted(asked: ToIssue, amounts: Amounts, at: str) -> IssueWanted:
    """Return what one certificate is to be issued with; what is wrong with it is noted at the amounts."""
    tax = tax_of(asked.tax)
    wanted = IssueWanted(
        value=amounts.minor(asked.amount, f"{at}/amount"),
        gratuity=amounts.minor(asked.gratuity, f"{at}/gratuity"),
        discount=amounts.minor(asked.discount, f"{at}/discount"),
        tax=tax,
        good_through=asked.good_through,
    )
    amounts.faults += [
        replace(one, field=f"{at}/tax/{'country' if one.field == 'tax_country' else 'rate'}") for one in tax_faults(tax)
    ]
    return wanted


async def _plan(caller: RestCaller, asked: IssueAsked | BulkIssueAsked) -> IssuePlan:
    return IssuePlan(
        merchant=caller.merchant,
        currency=asked.currency,
        tender=Tender(asked.paid_by),
        spot=await spot_at(caller, asked.location, asked.device, None),
        request=caller.request,
    )


async def issue_one(caller: RestCaller) -> RestAnswer:
    """Issue a certificate."""
    asked: IssueAsked = caller.body
    amounts = Amounts(asked.currency)
    wanted = _wanted(asked, amounts, "")
    amounts.done()
    done = await issue(caller.deps, await _plan(caller, asked), wanted, now=caller.now)
    return _issued(caller, done)


def _issued(caller: RestCaller, done: IssuedNow) -> RestAnswer:
    number = None if caller.dry_run else done.number
    shown = IssuedShown(
        operation=shown_operation(done.outcome),
        certificate_id=done.certificate_id,
        number=number,
        redeem_url=redeem_url(caller, number),
    )
    return RestAnswer(value=shown, sequence=done.outcome.seq, replayed=done.outcome.replayed, status=201)


async def issue_many(caller: RestCaller) -> RestAnswer:
    """Issue many certificates: all or none, or each that can be."""
    asked: BulkIssueAsked = caller.body
    lines, faults = _lines(asked)
    plan = await _plan(caller, asked)
    became: Sequence[IssuedNow | LargesseError]
    if asked.mode == "all":
        if faults:
            raise RequestInvalid(fields=faults)
        became = await issue_all(
            caller.deps, plan, [one for one in lines if isinstance(one, IssueWanted)], now=caller.now
        )
    else:
        became = await issue_each(caller.deps, plan, lines, now=caller.now)
    issued = [one for one in became if isinstance(one, IssuedNow)]
    money = currency_of(asked.currency)
    shown = BulkShown(
        issued=len(issued),
        refused=len(became) - len(issued),
        currency=asked.currency,
        amount=plain(sum(one.outcome.value for one in issued), money),
        lines=[_line(caller, place, one) for place, one in enumerate(became)],
    )
    replayed = bool(issued) and all(one.outcome.replayed for one in issued)
    return RestAnswer(value=shown, replayed=replayed)


def _lines(asked: BulkIssueAsked) -> tuple[list[IssueWanted | LargesseError], list[FieldError]]:
    """Return what each line asks for, or why it cannot, and all faults of all lines.

    Raises:
        RequestInvalid: the currency is none, and so no line can be read.
    """
    Amounts(asked.currency).done()
    lines, faults = list[IssueWanted | LargesseError](), list[FieldError]()
    for place, one in enumerate(asked.lines):
        amounts = Amounts(asked.currency)
        wanted = _wanted(one, amounts, f"/lines/{place}")
        faults += amounts.faults
        lines.append(RequestInvalid(amounts.faults[0].message, fields=amounts.faults) if amounts.faults else wanted)
    return lines, faults


def _line(caller: RestCaller, place: int, became: IssuedNow | LargesseError) -> LineShown:
    if isinstance(became, LargesseError):
        return LineShown(line=place, code=became.code, detail=became.message)
    number = None if caller.dry_run else became.number
    return LineShown(line=place, certificate_id=became.certificate_id, number=number)


async def prepare_one(caller: RestCaller) -> RestAnswer:
    """Make an inactive certificate with a number."""
    asked: PrepareAsked = caller.body
    if asked.currency is not None:
        Amounts(asked.currency).done()
    done = await prepare(caller.deps, caller.merchant, currency=asked.currency, request=caller.request, now=caller.now)
    return _issued(caller, IssuedNow(outcome=done.outcome, certificate_id=done.certificate_id, number=done.number))


async def activate_one(caller: RestCaller) -> RestAnswer:
    """Load a certificate that was prepared; a card is named by its outer code, too."""
    asked: ActivateAsked = caller.body
    named(AboutCertificate(certificate_id=asked.certificate_id, number=asked.number))
    amounts = Amounts(asked.currency)
    wanted = _wanted(asked, amounts, "")
    amounts.done()
    certificate_id = asked.certificate_id
    if certificate_id is None:
        assert asked.number is not None
        async with caller.deps.database.connection() as connection:
            certificate_id = await certificates.find_by_activation_code(
                connection, caller.deps.keyring, caller.merchant.merchant_id, asked.number
            )
    found = await locate_id(caller.deps, caller.merchant, certificate_id)
    amounts.must_be_in(found.certificate.currency)
    outcome = await activate(
        caller.deps,
        caller.merchant,
        found.certificate,
        value=wanted.value,
        gratuity=wanted.gratuity,
        discount=wanted.discount,
        tax=wanted.tax,
        tender=Tender(asked.paid_by),
        good_through=asked.good_through,
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def reload_one(caller: RestCaller) -> RestAnswer:
    """Add value to a certificate."""
    asked: ReloadAsked = caller.body
    named(asked)
    amounts = Amounts(asked.currency)
    value, gratuity = amounts.minor(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    amounts.done()
    place = await place_of(caller, asked)
    await amounts.must_be_of(caller, place)
    outcome = await reload(
        caller.deps,
        place,
        value=value,
        gratuity=gratuity,
        tender=Tender(asked.paid_by),
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


async def undo_reload_one(caller: RestCaller) -> RestAnswer:
    """Give back what is left of a reload."""
    asked: UndoReloadAsked = caller.body
    named(asked)
    outcome = await undo_reload(
        caller.deps,
        await place_of(caller, asked),
        reload_id=asked.reload_id,
        spot=await spot_at(caller, asked.location, asked.device, asked.entry_mode),
        request=caller.request,
        now=caller.now,
    )
    return answer_of(outcome)


ROUTES: tuple[RestRoute, ...] = (
    command(
        "/certificates",
        "issueCertificate",
        "Issue a certificate that was sold elsewhere, or is given away.",
        scope=_SCOPE,
        work=issue_one,
        takes=IssueAsked,
        gives=IssuedShown,
        status=201,
    ),
    command(
        "/certificates/bulk",
        "issueCertificates",
        "Issue up to 1,000 certificates: all of them or none, or each that can be.",
        scope=_SCOPE,
        work=issue_many,
        takes=BulkIssueAsked,
        gives=BulkShown,
        body_max=BULK_BYTES_MAX,
    ),
    command(
        "/certificates/prepare",
        "prepareCertificate",
        "Make an inactive certificate with a number, for a card that is printed before it is sold.",
        scope=_SCOPE,
        work=prepare_one,
        takes=PrepareAsked,
        gives=IssuedShown,
        status=201,
    ),
    command(
        "/certificates/activate",
        "activateCertificate",
        "Load a certificate that was prepared: its card is sold.",
        scope=_SCOPE,
        work=activate_one,
        takes=ActivateAsked,
        gives=OperationShown,
        conditional=True,
    ),
    command(
        "/certificates/reload",
        "reloadCertificate",
        "Add value to a certificate that stands.",
        scope=_SCOPE,
        work=reload_one,
        takes=ReloadAsked,
        gives=OperationShown,
        conditional=True,
    ),
    command(
        "/certificates/undo-reload",
        "undoReload",
        "Give what is left of one reload back to where it came from.",
        scope=_SCOPE,
        work=undo_reload_one,
        takes=UndoReloadAsked,
        gives=OperationShown,
        conditional=True,
    ),
)
