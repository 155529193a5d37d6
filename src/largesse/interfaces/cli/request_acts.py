"""`largesse request`, continued: void, reload, extend, move and pay out within the limits of whoever asks."""

from datetime import date, datetime

import click
from msgspec.structs import replace

from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.interfaces.cli.arguments import (
    CertificateTarget,
    Operation,
    certificate_argument,
    operation_options,
    pots,
    read_secret,
)
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.request import as_option, ask_for, request
from largesse.interfaces.cli.runtime import Runtime
from largesse.ledger import VoidReason
from largesse.services.certificates import Located, Payer, Tender, locate
from largesse.services.refunds import Funds

__all__ = ["request"]

_tenders = click.Choice([Tender.CASH.value, Tender.TERMINAL.value, Tender.TRANSFER.value])


@request.command()
@certificate_argument
@click.option("--reason", type=click.Choice([one.value for one in VoidReason]), help="Where somebody paid for it.")
@click.option("--funds", type=click.Choice([one.value for one in Funds]), help="What became of money that went back.")
@as_option
@operation_options
@click.pass_obj
def void(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    reason: str | None,
    funds: str | None,
    acting_for: str,
) -> None:
    """End a certificate for good, or ask a second person to. --memo says why."""

    async def frozen(_deps: CommandDependencies, found: Located) -> FrozenAct:
        return _of_all(found, LimitedAct.VOID, why=reason or "", funds=funds or "")

    ask_for(runtime, frozen, target, operation, acting_for=acting_for)


@request.command()
@certificate_argument
@click.option("--amount", required=True, help="How much value.")
@click.option("--gratuity", default="0", help="How much gratuity.")
@click.option("--tender", type=_tenders, required=True, help="What paid for it.")
@as_option
@operation_options
@click.pass_obj
def reload(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    amount: str,
    gratuity: str,
    tender: str,
    acting_for: str,
) -> None:
    """Add value that was paid for at the desk, or ask a second person to. --memo says why."""

    async def frozen(_deps: CommandDependencies, found: Located) -> FrozenAct:
        value, extra = pots(found, amount, gratuity)
        key = found.certificate.certificate_id
        return FrozenAct(act=LimitedAct.RELOAD, certificate_id=key, value=value, gratuity=extra, tender=tender)

    ask_for(runtime, frozen, target, operation, acting_for=acting_for)


@request.command()
@certificate_argument
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), help="The last good day.")
@click.option("--for-ever", is_flag=True, help="It never ends.")
@as_option
@operation_options
@click.pass_obj
def extend(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    through: datetime | None,
    for_ever: bool,
    acting_for: str,
) -> None:
    """Make a certificate good for longer, or ask a second person to. --memo says why."""
    if for_ever is (through is not None):
        raise click.UsageError("Say --through DAY or --for-ever.")
    day: date | None = through.date() if through else None

    async def frozen(_deps: CommandDependencies, found: Located) -> FrozenAct:
        return _of_all(found, LimitedAct.EXTEND, good_through=day)

    ask_for(runtime, frozen, target, operation, acting_for=acting_for)


@request.command()
@certificate_argument
@click.option("--to", "other", help="Number of the other certificate; asked for where it is not named.")
@click.option("--amount", required=True, help="How much value.")
@click.option("--gratuity", default="0", help="How much gratuity.")
@as_option
@operation_options
@click.pass_obj
def move(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    other: str | None,
    amount: str,
    gratuity: str,
    acting_for: str,
) -> None:
    """Move value to another certificate, or ask a second person to. --memo says why."""
    number = read_secret(other, prompt="Number of the other certificate")

    async def frozen(deps: CommandDependencies, found: Located) -> FrozenAct:
        value, extra = pots(found, amount, gratuity)
        to = (await locate(deps, number, at=found.merchant)).certificate.certificate_id
        key = found.certificate.certificate_id
        return FrozenAct(act=LimitedAct.MOVE, certificate_id=key, value=value, gratuity=extra, to=to)

    ask_for(runtime, frozen, target, operation, acting_for=acting_for)


@request.command("cash-out")
@certificate_argument
@click.option("--payer", type=click.Choice([one.value for one in Payer]), default=Payer.LATER.value, show_default=True)
@click.option("--unusable", is_flag=True, help="It cannot be used again, which some laws ask for.")
@as_option
@operation_options
@click.pass_obj
def cash_out(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    payer: str,
    unusable: bool,
    acting_for: str,
) -> None:
    """End a certificate and pay out what is left, or ask a second person to. --memo says why."""

    async def frozen(_deps: CommandDependencies, found: Located) -> FrozenAct:
        return _of_all(found, LimitedAct.CASH_OUT, payer=payer, unusable=unusable)

    ask_for(runtime, frozen, target, operation, acting_for=acting_for)


def _of_all(found: Located, act: LimitedAct, **given: object) -> FrozenAct:
    """Return what is done to all that is on a certificate."""
    one = found.certificate
    said = FrozenAct(act=act, certificate_id=one.certificate_id, value=one.balance, gratuity=one.gratuity_balance)
    return replace(said, **given)
