"""`largesse certificate`, continued: what staff do to certificates that is not spending."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from largesse.interfaces.cli.arguments import (
    CertificateTarget,
    Operation,
    certificate_and,
    certificate_argument,
    minor,
    operation_options,
    pots,
    read_secret,
)
from largesse.interfaces.cli.certificate import Acting, Named, act, acting, at_a_spot, certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.printing import outcome_facts, show_outcome
from largesse.interfaces.cli.runtime import Runtime, actor, merchant_of, printed
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import in_groups
from largesse.ledger import Outcome, VoidReason
from largesse.services.certificates import (
    Located,
    Reissued,
    Request,
    check_clock,
    expire_certificates,
    locate,
    merge,
    reinstate_all,
    release_expired_holds,
)
from largesse.services.certificates import adjust as adjust_flow
from largesse.services.certificates import block as block_flow
from largesse.services.certificates import extend as extend_flow
from largesse.services.certificates import reinstate as reinstate_flow
from largesse.services.certificates import reissue as reissue_flow
from largesse.services.certificates import unblock as unblock_flow
from largesse.services.refunds import CertificateCredit, Funds, credit_certificate
from largesse.services.refunds import refund as refund_flow
from largesse.services.refunds import void as void_flow


@certificate.command()
@certificate_argument
@click.option("--amount", help="How much value; all that is left, if not given.")
@click.option("--gratuity", help="How much gratuity; all that is left, if not given.")
@click.option("--lot", "lot_id", type=click.UUID, help="Of this lot, such as a reload: `certificate show` lists them.")
@click.option("--as-credit", is_flag=True, help="Give it back as a certificate of credit; prints its number.")
@at_a_spot
@operation_options
@click.pass_obj
def refund(
    runtime: Runtime,
    /,
    *,
    amount: str | None,
    gratuity: str | None,
    lot_id: UUID | None,
    as_credit: bool,
    named: Named,
    target: CertificateTarget,
    operation: Operation,
) -> None:
    """Owe what was not spent back to the purchaser: of what its own order filled, or of the lot that --lot names."""

    def parts(found: Located) -> dict[str, Any]:
        code = found.certificate.currency
        value = None if amount is None else minor(amount, code)
        return {"value": value, "gratuity": None if gratuity is None else minor(gratuity, code), "lot_id": lot_id}

    async def action(on: Acting) -> Outcome:
        spot = await on.spot(named)
        return await refund_flow(on.deps, on.found.place, **parts(on.found), spot=spot, request=on.request, now=on.now)

    async def credit(deps: CommandDependencies) -> CertificateCredit:
        now = deps.clock.now()
        found = await target.located(deps)
        request = operation.request(found.merchant.merchant_id, now=now)
        return await credit_certificate(deps, found.merchant, found.place, **parts(found), request=request, now=now)

    if not as_credit:
        act(runtime, target, operation, action)
        return
    done = runtime.run(credit)
    if operation.machine:
        new = {"certificate_id": str(done.certificate_id), "number": done.number}
        click.echo(as_json(outcome_facts(done.outcome) | {"credit": new}))
        return
    show_outcome(done.outcome, machine=False)
    click.echo(f"credit of {done.money} {done.outcome.currency}, number {in_groups(done.number)}")


@certificate.command()
@certificate_argument
@click.option("--by", "amount", default="0", help="Signed amount of value, such as -5.00.")
@click.option("--gratuity", default="0", help="Signed amount of gratuity.")
@acting
async def adjust(on: Acting, /, *, amount: str, gratuity: str) -> Outcome:
    """Correct what a certificate holds. --memo says why, and is required."""
    value, extra = pots(on.found, amount, gratuity)
    return await adjust_flow(on.deps, on.found.place, value=value, gratuity=extra, request=on.request, now=on.now)


@certificate.command()
@certificate_argument
@acting
async def block(on: Acting, /) -> Outcome:
    """Refuse spending until the certificate is unblocked."""
    return await block_flow(on.deps, on.found.place, request=on.request, now=on.now)


@certificate.command()
@certificate_argument
@acting
async def unblock(on: Acting, /) -> Outcome:
    """Allow spending again."""
    return await unblock_flow(on.deps, on.found.place, request=on.request, now=on.now)


@certificate.command()
@certificate_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--funds",
    type=click.Choice([one.value for one in Funds]),
    help="Where money went back at the payment provider: whether that was for this certificate, or is kept.",
)
@click.option(
    "--reason",
    type=click.Choice([one.value for one in VoidReason]),
    help="Why, where somebody paid for what is left: it decides where that is booked.",
)
@operation_options
@click.pass_obj
def void(
    runtime: Runtime,
    /,
    *,
    yes: bool,
    funds: str | None,
    reason: str | None,
    target: CertificateTarget,
    operation: Operation,
) -> None:
    """End a certificate for good; a partner's credit is given back, a buyer of a gift is told by mail."""
    if not yes:
        warning = (
            "The certificate can never be spent again; who bought it in the shop gets a mail, and no money. Void it?"
        )
        click.confirm(warning, abort=True, err=True)

    said = Funds(funds) if funds else None
    why = VoidReason(reason) if reason else None

    async def action(on: Acting) -> Outcome:
        return await void_flow(on.deps, on.found.place, funds=said, reason=why, request=on.request, now=on.now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="The new last good day.")
@click.option("--for-ever", is_flag=True, help="It never expires.")
@operation_options
@click.pass_obj
def extend(
    runtime: Runtime, /, *, through: datetime | None, for_ever: bool, target: CertificateTarget, operation: Operation
) -> None:
    """Make a certificate good for longer."""
    if (through is None) == (not for_ever):
        raise click.UsageError("Give --through with a day, or --for-ever.")
    day: date | None = through.date() if through else None

    async def action(on: Acting) -> Outcome:
        place, merchant = on.found.place, on.found.merchant
        return await extend_flow(on.deps, merchant, place, good_through=day, request=on.request, now=on.now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="A new last good day.")
@click.option("--for-ever", is_flag=True, help="It never expires.")
@operation_options
@click.pass_obj
def reinstate(
    runtime: Runtime, /, *, through: datetime | None, for_ever: bool, target: CertificateTarget, operation: Operation
) -> None:
    """Undo the expiry of a certificate: it holds again what it held before."""
    if through is not None and for_ever:
        raise click.UsageError("Give --through with a day, or --for-ever, not both.")
    day: date | None = through.date() if through else None

    async def action(on: Acting) -> Outcome:
        place, merchant = on.found.place, on.found.merchant
        return await reinstate_flow(
            on.deps, merchant, place, good_through=day, for_ever=for_ever, request=on.request, now=on.now
        )

    act(runtime, target, operation, action)


def _reinstated_facts(count: int) -> dict[str, int]:
    return {"certificates": count}


def _reinstated_line(count: int) -> str:
    return f"{count} certificates reinstated"


@certificate.command("reinstate-all")
@click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
@click.option("--memo", required=True, help="Why, for the journal.")
@printed(_reinstated_line, _reinstated_facts)
async def reinstate_all_(deps: CommandDependencies, /, *, slug: str, memo: str) -> int:
    """Undo every expiry of a merchant whose certificate is still good, as a clock that ran ahead leaves them."""
    now = deps.clock.now()
    merchant = await merchant_of(deps, slug)
    request = Request(operation_id=new_id(now), actor=actor(), memo=memo)
    return await reinstate_all(deps, merchant, request=request, now=now)


def _expired_line(done: dict[str, int]) -> str:
    return f"{done['certificates']} certificates expired, {done['holds']} holds ended"


@certificate.command()
@click.option("--anyway", is_flag=True, help="Believe this machine's clock, whatever other clocks say.")
@printed(_expired_line)
async def expire(deps: CommandDependencies, /, *, anyway: bool) -> dict[str, int]:
    """Book all certificates whose last good day has passed, as the worker does every night."""
    now = deps.clock.now()
    if not anyway:
        await check_clock(deps, now=now)
    freed = await release_expired_holds(deps, now=now)
    return {"certificates": await expire_certificates(deps, now=now), "holds": freed}


@certificate.command()
@certificate_and("to_number")
@click.option("--amount", required=True, help="How much value moves.")
@click.option("--gratuity", default="0", show_default=True, help="How much gratuity moves.")
@operation_options
@click.pass_obj
def transfer(
    runtime: Runtime, /, *, to_number: str, amount: str, gratuity: str, target: CertificateTarget, operation: Operation
) -> None:
    """Move value to the certificate TO_NUMBER of the same merchant."""
    second = read_secret(to_number, prompt="Number of the other certificate")

    async def action(on: Acting) -> Outcome:
        value, extra = pots(on.found, amount, gratuity)
        place, other = on.found.place, (await locate(on.deps, second, at=on.found.merchant)).place
        return await merge(on.deps, place, other, value=value, gratuity=extra, request=on.request, now=on.now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@operation_options
@click.pass_obj
def reissue(runtime: Runtime, /, *, target: CertificateTarget, operation: Operation) -> None:
    """Give a certificate a new number; the old one is void from then on. Prints the new number."""

    async def work(deps: CommandDependencies) -> Reissued:
        now = deps.clock.now()
        found = await target.located(deps)
        request = operation.request(found.merchant.merchant_id, now=now)
        return await reissue_flow(deps, found.merchant, found.place, request=request, now=now)

    done = runtime.run(work)
    if operation.machine:
        new = {"certificate_id": str(done.certificate_id), "number": done.number}
        click.echo(as_json(outcome_facts(done.outcome) | {"new": new}))
        return
    show_outcome(done.outcome, machine=False)
    click.echo(f"new number {in_groups(done.number)}")


__all__ = ["certificate"]
