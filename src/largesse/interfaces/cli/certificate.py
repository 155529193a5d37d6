"""`largesse certificate`: look at one, and spend it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any
from uuid import UUID

import click
import msgspec

from largesse.domain import locations
from largesse.interfaces.cli.arguments import (
    CertificateTarget,
    Operation,
    certificate_and,
    certificate_argument,
    duration,
    operation_options,
    pots,
    rate_lines,
    spent,
    spent_in,
)
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.printing import certificate_facts, certificate_lines, show_outcome, show_statement
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, printed, said
from largesse.kernel.numbers import in_groups
from largesse.ledger import Entry, EntryMode, Outcome
from largesse.services.certificates import (
    Located,
    Request,
    Spot,
    Tender,
    capture_hold,
    merchant_of_number,
    place_hold,
    redeem_by_number,
    release_hold,
    spot_of,
)
from largesse.services.certificates import redeem as redeem_flow
from largesse.services.certificates import reload as reload_flow
from largesse.services.certificates import reveal as reveal_flow
from largesse.services.certificates import reverse as reverse_flow


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Where something happens, as it was named."""

    location: str | None
    device: str | None
    entry_mode: EntryMode | None

    async def spot(self, deps: CommandDependencies, merchant_id: UUID, *, now: datetime) -> Spot:
        """Return where that is."""
        names = msgspec.structs.asdict(self)
        return await spot_of(deps, merchant_id, **names, now=now)


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """What an action on a certificate is done with."""

    deps: CommandDependencies
    found: Located
    request: Request
    now: datetime

    async def spot(self, named: Named) -> Spot:
        """Return where it happens."""
        return await named.spot(self.deps, self.found.place.merchant_id, now=self.now)


Action = Callable[..., Awaitable[Outcome]]

GRATUITY = click.option("--gratuity", default="0", show_default=True, help="From the gratuity pot, such as 5.00.")
CURRENCY = click.option(
    "--currency",
    "code",
    callback=lambda _ctx, _option, text: text.upper() if text else None,
    help="What AMOUNT is in; refused where the certificate is in another.",
)


RATES = click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="PERCENT=AMOUNT",
    help="What of AMOUNT is taxed at which rate, such as 19=60.00; each rate once, of multi-purpose value alone.",
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
        request = operation.request(found.merchant.merchant_id, now=now)
        return await action(Acting(deps=deps, found=found, request=request, now=now))

    show_outcome(runtime.run(work), machine=operation.machine)


def acting(action: Action) -> Callable[..., None]:
    """Make a command of what is done to a certificate, once for each operation id."""

    @operation_options
    @click.pass_obj
    @wraps(action)
    def command(runtime: Runtime, /, *, target: CertificateTarget, operation: Operation, **given: Any) -> None:
        act(runtime, target, operation, partial(action, **given))

    return command


def paid_by(*tenders: Tender) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `tender`: how it is paid for, one of some; nobody but the caller knows."""
    return click.option(
        "--paid-by",
        "tender",
        type=click.Choice([one.value for one in tenders]),
        required=True,
        help="How it is paid for; `given` gives it away, `imported` was paid for in the books of before.",
    )


def at_a_spot(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `named`: the location that is named, or a device, which says where it is."""

    @wraps(command)
    def with_spot(*args: Any, location: str | None, device: str | None, entry_mode: str | None, **given: Any) -> Any:
        if location is not None and device is not None:
            raise click.UsageError("Name the location or the device: a device says where it is.")
        entered = None if entry_mode is None else EntryMode(entry_mode)
        return command(*args, named=Named(location=location, device=device, entry_mode=entered), **given)

    modes = click.Choice([one.value for one in EntryMode])
    for option in (
        click.option("--entry-mode", type=modes, help="How the certificate's number came in."),
        click.option("--device", help="The device that it happens on, by name or id: its location counts."),
        click.option("--location", help="Where it happens, by code or id; the default location unless said otherwise."),
    ):
        with_spot = option(with_spot)
    return with_spot


@certificate.command()
@certificate_argument
@printed(certificate_lines, certificate_facts)
async def show(deps: CommandDependencies, /, target: CertificateTarget) -> Located:
    """Show what remains on a certificate, how long it is good, and the lots that filled it."""
    return await target.located(deps)


@certificate.command()
@certificate_argument
@json_option
@click.pass_obj
def statement(runtime: Runtime, /, *, machine: bool, target: CertificateTarget) -> None:
    """Show everything that ever happened to a certificate."""

    async def work(deps: CommandDependencies) -> tuple[Located, list[Entry], dict[UUID, str]]:
        found = await target.located(deps)
        place = found.place
        async with deps.database.connection() as connection:
            codes = {one.location_id: one.code for one in await locations.locations(connection, place.merchant_id)}
            entries = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
        return found, entries, codes

    found, entries, codes = runtime.run(work)
    show_statement(found, entries, codes, machine=machine)


@certificate.command()
@certificate_argument
@click.option("--reason", prompt="Why do you need to see it", help="Why, for the audit log.")
@said(in_groups)
async def reveal(deps: CommandDependencies, /, *, reason: str, target: CertificateTarget) -> str:
    """Show the whole number, for a reprint. The audit log keeps that you saw it."""
    found = await target.located(deps)
    return await reveal_flow(deps, found.place, actor=actor(), reason=reason, now=deps.clock.now())


@certificate.command()
@certificate_and("amount")
@GRATUITY
@CURRENCY
@RATES
@at_a_spot
@operation_options
@click.pass_obj
def redeem(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    amount: str,
    gratuity: str,
    code: str | None,
    rates: tuple[str, ...],
    named: Named,
) -> None:
    """Spend AMOUNT of a certificate. Where NUMBER and --currency are given, nothing of it is read before."""

    async def work(deps: CommandDependencies) -> Outcome:
        now = deps.clock.now()
        if target.number is not None and code is not None:
            at = await target.at(deps)
            merchant_id = (at or await merchant_of_number(deps, target.number)).merchant_id
            amounts = spent_in(code, amount, gratuity)
            spend = partial(redeem_by_number, deps, merchant_id, target.number)
        else:
            found = await target.located(deps)
            merchant_id, amounts = found.place.merchant_id, spent(found, amount, gratuity, code)
            spend = partial(redeem_flow, deps, found.place)
        return await spend(
            **amounts,
            rates=rate_lines(amounts["currency"], rates),
            spot=await named.spot(deps, merchant_id, now=now),
            request=operation.request(merchant_id, now=now),
            now=now,
        )

    show_outcome(runtime.run(work), machine=operation.machine)


@certificate.command()
@certificate_argument
@click.option("--redemption", required=True, type=click.UUID, help="The operation that spent it.")
@acting
async def reverse(on: Acting, /, *, redemption: UUID) -> Outcome:
    """Undo one redemption or capture, whole."""
    return await reverse_flow(on.deps, on.found.place, redemption_id=redemption, request=on.request, now=on.now)


@certificate.command("reload")
@certificate_and("amount")
@GRATUITY
@paid_by(Tender.CASH, Tender.TERMINAL, Tender.TRANSFER, Tender.ACCOUNT, Tender.GIVEN, Tender.IMPORTED)
@at_a_spot
@acting
async def reload_(on: Acting, /, *, amount: str, gratuity: str, tender: str, named: Named) -> Outcome:
    """Add AMOUNT to a certificate."""
    value, extra = pots(on.found, amount, gratuity)
    return await reload_flow(
        on.deps,
        on.found.place,
        value=value,
        gratuity=extra,
        tender=Tender(tender),
        spot=await on.spot(named),
        request=on.request,
        now=on.now,
    )


@certificate.command()
@certificate_and("amount")
@GRATUITY
@click.option("--for", "lasting", type=duration, default="4h", show_default=True, help="How long it stands.")
@CURRENCY
@at_a_spot
@acting
async def hold(
    on: Acting, /, *, amount: str, gratuity: str, code: str | None, lasting: timedelta, named: Named
) -> Outcome:
    """Set AMOUNT aside for a tab. The operation's id is the hold's."""
    amounts = spent(on.found, amount, gratuity, code)
    spot = await on.spot(named)
    return await place_hold(
        on.deps, on.found.place, **amounts, lasting=lasting, spot=spot, request=on.request, now=on.now
    )


@certificate.command()
@certificate_and("amount")
@GRATUITY
@click.option("--hold", "hold_id", required=True, type=click.UUID, help="The hold's id.")
@CURRENCY
@RATES
@at_a_spot
@acting
async def capture(
    on: Acting,
    /,
    *,
    amount: str,
    gratuity: str,
    code: str | None,
    hold_id: UUID,
    rates: tuple[str, ...],
    named: Named,
) -> Outcome:
    """Spend AMOUNT of what a hold set aside; the rest of it is free again."""
    amounts = spent(on.found, amount, gratuity, code)
    lines = rate_lines(on.found.certificate.currency, rates)
    spot = await on.spot(named)
    return await capture_hold(
        on.deps, on.found.place, hold_id=hold_id, **amounts, rates=lines, spot=spot, request=on.request, now=on.now
    )


@certificate.command()
@certificate_argument
@click.option("--hold", "hold_id", required=True, type=click.UUID, help="The hold's id.")
@acting
async def release(on: Acting, /, *, hold_id: UUID) -> Outcome:
    """Free what a hold set aside."""
    return await release_hold(on.deps, on.found.place, hold_id=hold_id, request=on.request, now=on.now)
