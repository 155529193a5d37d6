"""`largesse certificate`, continued: what staff do to certificates that is not spending."""

from datetime import date, datetime

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
from largesse.interfaces.cli.certificate import act, certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.printing import outcome_facts, show_outcome
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, merchant_of
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import in_groups
from largesse.ledger import Outcome
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
from largesse.services.refunds import Funds
from largesse.services.refunds import refund as refund_flow
from largesse.services.refunds import void as void_flow


@certificate.command()
@certificate_argument
@click.option("--amount", help="How much value; all that is left, if not given.")
@click.option("--gratuity", help="How much gratuity; all that is left, if not given.")
@operation_options
@click.pass_obj
def refund(
    runtime: Runtime, /, *, amount: str | None, gratuity: str | None, target: CertificateTarget, operation: Operation
) -> None:
    """Owe what was not spent back to the purchaser."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        code = found.certificate.currency
        value = None if amount is None else minor(amount, code)
        extra = None if gratuity is None else minor(gratuity, code)
        return await refund_flow(deps, found.place, value=value, gratuity=extra, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@click.option("--by", "amount", default="0", help="Signed amount of value, such as -5.00.")
@click.option("--gratuity", default="0", help="Signed amount of gratuity.")
@operation_options
@click.pass_obj
def adjust(runtime: Runtime, /, *, amount: str, gratuity: str, target: CertificateTarget, operation: Operation) -> None:
    """Correct what a certificate holds. --memo says why, and is required."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        value, extra = pots(found, amount, gratuity)
        return await adjust_flow(deps, found.place, value=value, gratuity=extra, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@operation_options
@click.pass_obj
def block(runtime: Runtime, /, target: CertificateTarget, operation: Operation) -> None:
    """Refuse spending until the certificate is unblocked."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await block_flow(deps, found.place, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@operation_options
@click.pass_obj
def unblock(runtime: Runtime, /, target: CertificateTarget, operation: Operation) -> None:
    """Allow spending again."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await unblock_flow(deps, found.place, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--funds",
    type=click.Choice([one.value for one in Funds]),
    help="Where money went back at the payment provider: whether that was for this certificate, or is kept.",
)
@operation_options
@click.pass_obj
def void(runtime: Runtime, /, *, yes: bool, funds: str | None, target: CertificateTarget, operation: Operation) -> None:
    """End a certificate for good; a partner's credit is given back, a buyer of a gift is told by mail."""
    if not yes:
        warning = (
            "The certificate can never be spent again; who bought it in the shop gets a mail, and no money. Void it?"
        )
        click.confirm(warning, abort=True, err=True)

    said = Funds(funds) if funds else None

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await void_flow(deps, found.place, funds=said, request=request, now=now)

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

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await extend_flow(deps, found.merchant, found.place, good_through=day, request=request, now=now)

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

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await reinstate_flow(
            deps, found.merchant, found.place, good_through=day, for_ever=for_ever, request=request, now=now
        )

    act(runtime, target, operation, action)


@certificate.command("reinstate-all")
@click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
@click.option("--memo", required=True, help="Why, for the journal.")
@json_option
@click.pass_obj
def reinstate_all_(runtime: Runtime, /, *, slug: str, memo: str, machine: bool) -> None:
    """Undo every expiry of a merchant whose certificate is still good, as a clock that ran ahead leaves them."""

    async def work(deps: CommandDependencies) -> int:
        now = deps.clock.now()
        merchant = await merchant_of(deps, slug)
        request = Request(operation_id=new_id(now), actor=actor(), memo=memo)
        return await reinstate_all(deps, merchant, request=request, now=now)

    count = runtime.run(work)
    click.echo(as_json({"certificates": count}) if machine else f"{count} certificates reinstated")


@certificate.command()
@click.option("--anyway", is_flag=True, help="Believe this machine's clock, whatever other clocks say.")
@json_option
@click.pass_obj
def expire(runtime: Runtime, /, *, anyway: bool, machine: bool) -> None:
    """Book all certificates whose last good day has passed, as the worker does every night."""

    async def work(deps: CommandDependencies) -> dict[str, int]:
        now = deps.clock.now()
        if not anyway:
            await check_clock(deps, now=now)
        freed = await release_expired_holds(deps, now=now)
        return {"certificates": await expire_certificates(deps, now=now), "holds": freed}

    done = runtime.run(work)
    people = f"{done['certificates']} certificates expired, {done['holds']} holds ended"
    click.echo(as_json(done) if machine else people)


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

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        value, extra = pots(found, amount, gratuity)
        other = await locate(deps, second)
        return await merge(deps, found.place, other.place, value=value, gratuity=extra, request=request, now=now)

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
