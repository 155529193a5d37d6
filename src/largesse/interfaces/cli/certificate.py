"""`largesse certificate`: look at one, and spend it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import click

from largesse.interfaces.cli.arguments import (
    CertificateTarget,
    Operation,
    certificate_and,
    certificate_argument,
    duration,
    operation_options,
    pots,
    spent,
)
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.printing import certificate_facts, show_outcome, show_statement
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.kernel.numbers import in_groups
from largesse.ledger import Account, Entry, Outcome
from largesse.services.certificates import Located, Request, capture_hold, place_hold, release_hold
from largesse.services.certificates import redeem as redeem_flow
from largesse.services.certificates import reload as reload_flow
from largesse.services.certificates import reveal as reveal_flow
from largesse.services.certificates import reverse as reverse_flow

Action = Callable[[CommandDependencies, Located, Request, datetime], Awaitable[Outcome]]

GRATUITY = click.option("--gratuity", default="0", show_default=True, help="From the gratuity pot, such as 5.00.")
CURRENCY = click.option(
    "--currency",
    "code",
    callback=lambda _ctx, _option, text: text.upper() if text else None,
    help="What AMOUNT is in; refused where the certificate is in another.",
)


@click.group()
def certificate() -> None:
    """Look at certificates and act on them.

    NUMBER is the certificate's number; `-` reads it from stdin, and without it you are asked, so that it need not stand
    in the history of your shell.
    """


def act(runtime: Runtime, target: CertificateTarget, operation: Operation, action: Action) -> None:
    """Find the certificate, do `action` to it, and print what came of it."""

    async def work(deps: CommandDependencies) -> Outcome:
        now = deps.clock.now()
        found = await target.located(deps)
        return await action(deps, found, operation.request(found.merchant.merchant_id, now=now), now)

    show_outcome(runtime.run(work), machine=operation.machine)


@certificate.command()
@certificate_argument
@json_option
@click.pass_obj
def show(runtime: Runtime, /, *, machine: bool, target: CertificateTarget) -> None:
    """Show what remains on a certificate and how long it is good."""
    facts = certificate_facts(runtime.run(target.located))
    click.echo(as_json(facts) if machine else fields(facts))


@certificate.command()
@certificate_argument
@json_option
@click.pass_obj
def statement(runtime: Runtime, /, *, machine: bool, target: CertificateTarget) -> None:
    """Show everything that ever happened to a certificate."""

    async def work(deps: CommandDependencies) -> tuple[Located, list[Entry]]:
        found = await target.located(deps)
        async with deps.database.connection() as connection:
            place = found.place
            return found, await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)

    found, entries = runtime.run(work)
    show_statement(found, entries, machine=machine)


@certificate.command()
@certificate_argument
@click.option("--reason", prompt="Why do you need to see it", help="Why, for the audit log.")
@click.pass_obj
def reveal(runtime: Runtime, /, *, reason: str, target: CertificateTarget) -> None:
    """Show the whole number, for a reprint. The audit log keeps that you saw it."""

    async def work(deps: CommandDependencies) -> str:
        found = await target.located(deps)
        return await reveal_flow(deps, found.place, actor=actor(), reason=reason, now=deps.clock.now())

    click.echo(in_groups(runtime.run(work)))


@certificate.command()
@certificate_and("amount")
@GRATUITY
@CURRENCY
@operation_options
@click.pass_obj
def redeem(
    runtime: Runtime,
    /,
    *,
    amount: str,
    gratuity: str,
    code: str | None,
    target: CertificateTarget,
    operation: Operation,
) -> None:
    """Spend AMOUNT of a certificate."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await redeem_flow(deps, found.place, **spent(found, amount, gratuity, code), request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@click.option("--redemption", required=True, type=click.UUID, help="The operation that spent it.")
@operation_options
@click.pass_obj
def reverse(runtime: Runtime, /, *, redemption: UUID, target: CertificateTarget, operation: Operation) -> None:
    """Undo one redemption or capture, whole."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await reverse_flow(deps, found.place, redemption_id=redemption, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command("reload")
@certificate_and("amount")
@GRATUITY
@click.option(
    "--funding",
    type=click.Choice([account.value for account in Account]),
    default=Account.GATEWAY_CLEARING.value,
    show_default=True,
    help="The account that pays for it.",
)
@operation_options
@click.pass_obj
def reload_(
    runtime: Runtime, /, *, amount: str, gratuity: str, funding: str, target: CertificateTarget, operation: Operation
) -> None:
    """Add AMOUNT to a certificate."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        value, extra = pots(found, amount, gratuity)
        paid_from = Account(funding)
        return await reload_flow(
            deps, found.place, value=value, gratuity=extra, funding=paid_from, request=request, now=now
        )

    act(runtime, target, operation, action)


@certificate.command()
@certificate_and("amount")
@GRATUITY
@click.option("--for", "lasting", type=duration, default="4h", show_default=True, help="How long it stands.")
@CURRENCY
@operation_options
@click.pass_obj
def hold(
    runtime: Runtime,
    /,
    *,
    amount: str,
    gratuity: str,
    code: str | None,
    lasting: timedelta,
    target: CertificateTarget,
    operation: Operation,
) -> None:
    """Set AMOUNT aside for a tab. The operation's id is the hold's."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        amounts = spent(found, amount, gratuity, code)
        return await place_hold(deps, found.place, **amounts, lasting=lasting, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_and("amount")
@GRATUITY
@click.option("--hold", "hold_id", required=True, type=click.UUID, help="The hold's id.")
@CURRENCY
@operation_options
@click.pass_obj
def capture(
    runtime: Runtime,
    /,
    *,
    amount: str,
    gratuity: str,
    code: str | None,
    hold_id: UUID,
    target: CertificateTarget,
    operation: Operation,
) -> None:
    """Spend AMOUNT of what a hold set aside; the rest of it is free again."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        amounts = spent(found, amount, gratuity, code)
        return await capture_hold(deps, found.place, hold_id=hold_id, **amounts, request=request, now=now)

    act(runtime, target, operation, action)


@certificate.command()
@certificate_argument
@click.option("--hold", "hold_id", required=True, type=click.UUID, help="The hold's id.")
@operation_options
@click.pass_obj
def release(runtime: Runtime, /, *, hold_id: UUID, target: CertificateTarget, operation: Operation) -> None:
    """Free what a hold set aside."""

    async def action(deps: CommandDependencies, found: Located, request: Request, now: datetime) -> Outcome:
        return await release_hold(deps, found.place, hold_id=hold_id, request=request, now=now)

    act(runtime, target, operation, action)
