"""`largesse request` and `largesse limit`: what one person does alone, and what waits for a second one."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import click

from largesse.domain import approvals, staff
from largesse.domain.approvals import ActLimit, ApprovalRequest, FrozenAct, LimitedAct, OwnerAct, OwnerChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.staff import Act, ActRefused, may
from largesse.interfaces.cli.arguments import (
    CertificateTarget,
    Operation,
    certificate_argument,
    merchant_argument,
    minor,
    operation_options,
    pots,
)
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.owner_askings import ask_other_owner
from largesse.interfaces.cli.printing import show_outcome
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.ledger import Outcome
from largesse.services import approvals as services
from largesse.services.approvals import AskedFor
from largesse.services.certificates import Located
from largesse.services.owners import limit_said
from largesse.services.staff import Manager, as_member

_acts = click.Choice([one.value for one in LimitedAct])
as_option = click.option(
    "--as",
    "acting_for",
    metavar="ADDRESS",
    required=True,
    help="The address of whom you act for: bound by their role and limits, and written as 'operator for NAME'.",
)


@click.group()
def request() -> None:
    """Ask for what may take a second person, and decide what somebody asked for.

    MERCHANT is a slug or a number, REQUEST is the id that `list` shows. What is within the limits (`largesse limit`) of
    whoever asks is done at once.
    """


@request.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the requests of MERCHANT: what waits first, then what was decided."""

    async def work(deps: CommandDependencies) -> list[dict[str, object]]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            found = await approvals.requests(connection, seller.merchant_id)
        return [_facts(one, deps) for one in found]

    rows = runtime.run(work)
    if machine:
        click.echo(as_json(rows))
        return
    if not rows:
        click.echo("Nothing waits, and nothing was decided.")
    for row in rows:
        click.echo(f"{row['request']}  {row['state']!s:<9}  {row['act']!s:<8}  {row['value']}  {row['reason']}")


@request.command()
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@json_option
@click.pass_obj
def show(runtime: Runtime, /, merchant: str, request_id: UUID, *, machine: bool) -> None:
    """Show the request REQUEST: what will happen, and what the certificate was like when it was asked for."""

    async def work(deps: CommandDependencies) -> dict[str, object]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            return _facts(await approvals.find_request(connection, seller.merchant_id, request_id), deps)

    found = runtime.run(work)
    click.echo(as_json(found) if machine else fields(found))


@request.command()
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@as_option
@json_option
@click.pass_obj
def approve(runtime: Runtime, /, merchant: str, request_id: UUID, *, acting_for: str, machine: bool) -> None:
    """Have REQUEST done, for somebody who did not ask for it."""

    async def work(deps: CommandDependencies) -> Outcome:
        seller, by = await acting(deps, merchant, acting_for)
        return await services.approve(deps, seller, request_id, by=by, now=deps.clock.now())

    show_outcome(runtime.run(work), machine=machine)


@request.command()
@merchant_argument
@click.argument("request_id", type=click.UUID, metavar="REQUEST")
@as_option
@json_option
@click.pass_obj
def refuse(runtime: Runtime, /, merchant: str, request_id: UUID, *, acting_for: str, machine: bool) -> None:
    """Refuse REQUEST, or take back one's own."""

    async def work(deps: CommandDependencies) -> dict[str, object]:
        seller, by = await acting(deps, merchant, acting_for)
        return _facts(await services.refuse(deps, seller, request_id, by=by, now=deps.clock.now()), deps)

    found = runtime.run(work)
    click.echo(as_json(found) if machine else fields(found))


@request.command()
@certificate_argument
@click.option("--by", "amount", default="0", help="Signed amount of value, such as -5.00.")
@click.option("--gratuity", default="0", help="Signed amount of gratuity.")
@as_option
@operation_options
@click.pass_obj
def adjust(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    amount: str,
    gratuity: str,
    acting_for: str,
) -> None:
    """Correct what a certificate holds, or ask a second person to. --memo says why."""
    _ask(runtime, LimitedAct.ADJUST, target, operation, (amount, gratuity), acting_for=acting_for)


@request.command()
@certificate_argument
@click.option("--amount", required=True, help="How much value goes back to who paid.")
@click.option("--gratuity", default="0", help="How much gratuity.")
@as_option
@operation_options
@click.pass_obj
def refund(
    runtime: Runtime,
    /,
    *,
    target: CertificateTarget,
    operation: Operation,
    amount: str,
    gratuity: str,
    acting_for: str,
) -> None:
    """Owe what was not spent back to the purchaser, or ask a second person to. --memo says why."""
    _ask(runtime, LimitedAct.REFUND, target, operation, (amount, gratuity), acting_for=acting_for)


def _ask(
    runtime: Runtime,
    act: LimitedAct,
    target: CertificateTarget,
    operation: Operation,
    amounts: tuple[str, str],
    *,
    acting_for: str,
) -> None:
    async def frozen(_deps: CommandDependencies, found: Located) -> FrozenAct:
        value, extra = pots(found, *amounts)
        return FrozenAct(act=act, certificate_id=found.certificate.certificate_id, value=value, gratuity=extra)

    ask_for(runtime, frozen, target, operation, acting_for=acting_for)


def ask_for(
    runtime: Runtime,
    frozen: Callable[[CommandDependencies, Located], Awaitable[FrozenAct]],
    target: CertificateTarget,
    operation: Operation,
    *,
    acting_for: str,
) -> None:
    """Ask for what `frozen` makes of a certificate, and print what came of it: it was done, or waits."""

    async def work(deps: CommandDependencies) -> tuple[AskedFor, dict[str, object] | None]:
        now, found = deps.clock.now(), await target.located(deps)
        command = await frozen(deps, found)
        _, by = await acting(deps, found.merchant.slug, acting_for)
        asked = operation.request(found.merchant.merchant_id, now=now)
        came = await services.ask_or_do(deps, found.merchant, command, by=by, request=asked, now=now)
        return came, None if came.waits is None else _facts(came.waits, deps)

    came, waits = runtime.run(work)
    if came.outcome is not None:
        show_outcome(came.outcome, machine=operation.machine)
        return
    assert waits is not None
    click.echo(as_json(waits) if operation.machine else fields(waits))


async def acting(deps: CommandDependencies, merchant: str, address: str) -> tuple[Merchant, Manager]:
    """Return a merchant, and the operator who acts for somebody who works there."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return seller, await as_member(connection, seller, address)


def _facts(one: ApprovalRequest, deps: CommandDependencies) -> dict[str, object]:
    return {
        "request": str(one.request_id),
        "state": one.state(deps.clock.now()).value,
        "act": one.command.act.value,
        "certificate": str(one.command.certificate_id),
        "last_four": one.shown.last_four,
        "currency": one.shown.currency,
        "value": one.command.value,
        "gratuity": one.command.gratuity,
        "order": one.command.order_number or None,
        "as_credit": one.command.as_credit,
        "balance_then": one.shown.balance,
        "reason": one.reason,
        "requested_by": str(one.requested_by),
        "made_at": one.made_at,
        "expires_at": one.expires_at,
        "decided_by": str(one.decided_by) if one.decided_by else None,
        "outcome": one.outcome,
        "by_one_person": one.by_one,
    }


@click.group()
def limit() -> None:
    """Limit how much one person does alone; beyond it a second one decides. MERCHANT is a slug or a number."""


@limit.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_limits(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the limits of MERCHANT, in the smallest unit of its currency."""

    async def work(deps: CommandDependencies) -> list[ActLimit]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            return list((await approvals.act_limits(connection, seller.merchant_id)).values())

    _show_limits(runtime.run(work), machine=machine)


@limit.command("set")
@merchant_argument
@click.argument("act", type=_acts)
@click.option("--once", help="At once, such as 50.00; `none` lets it be.")
@click.option("--day", help="In a day, all of it together.")
@click.option("--each", help="On one certificate, all of it together.")
@click.option("--as", "acting_for", metavar="ADDRESS", help="The owner whom you act for; another one has to agree.")
@json_option
@click.pass_obj
def set_(
    runtime: Runtime,
    /,
    merchant: str,
    act: str,
    *,
    once: str | None,
    day: str | None,
    each: str | None,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Set how much of ACT one person does alone; what is not named stays."""

    async def work(deps: CommandDependencies) -> tuple[dict[str, object] | None, list[ActLimit]]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            chosen = LimitedAct(act)
            before = (await approvals.act_limits(connection, seller.merchant_id))[chosen]

            wanted = ActLimit(
                merchant_id=seller.merchant_id,
                act=chosen,
                per_act=_read(once, before.per_act, seller),
                per_day=_read(day, before.per_day, seller),
                per_certificate=_read(each, before.per_certificate, seller),
            )
            by = Manager(actor=actor()) if acting_for is None else await as_member(connection, seller, acting_for)
        if by.role is not None and not may(by.role, Act.LIMITS):
            raise ActRefused(Act.LIMITS.value)
        change = OwnerChange(act=OwnerAct.LIMIT, subject=act, name=act, to=limit_said(wanted))
        waits = await ask_other_owner(deps, seller, change, by=by, reason=OwnerAct.LIMIT.value)
        async with deps.database.connection() as connection:
            return waits, list((await approvals.act_limits(connection, seller.merchant_id)).values())

    waits, limits = runtime.run(work)
    if waits is not None:
        click.echo(as_json(waits) if machine else fields(waits))
        return
    _show_limits(limits, machine=machine)


@limit.command("own")
@merchant_argument
@click.argument("address")
@click.argument("act", type=_acts)
@click.option("--once", help="At once, such as 50.00; `none` lets it be.")
@click.option("--day", help="In a day, all of it together.")
@click.option("--each", help="On one certificate, all of it together.")
@click.option("--as-everybody", is_flag=True, help="Let the limit of everybody count again.")
@click.option("--as", "acting_for", metavar="ADDRESS", help="The owner whom you act for; another one has to agree.")
@json_option
@click.pass_obj
def own(
    runtime: Runtime,
    /,
    merchant: str,
    address: str,
    act: str,
    *,
    once: str | None,
    day: str | None,
    each: str | None,
    as_everybody: bool,
    acting_for: str | None,
    machine: bool,
) -> None:
    """Set how much of ACT the person of ADDRESS does alone, in place of everybody's limit; what is not named stays."""
    if not as_everybody and once is day is each is None:
        raise click.UsageError("Name what to limit: --once, --day, --each, or --as-everybody.")

    async def work(deps: CommandDependencies) -> tuple[dict[str, object] | None, list[ActLimit]]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            membership, person = await staff.find_member(connection, seller.merchant_id, address)
            kept = (await approvals.own_limits(connection, seller.merchant_id)).get(membership.membership_id, {})
            chosen = LimitedAct(act)
            before = kept.get(chosen) or (await approvals.act_limits(connection, seller.merchant_id))[chosen]
            by = Manager(actor=actor()) if acting_for is None else await as_member(connection, seller, acting_for)
        if by.role is not None and not may(by.role, Act.LIMITS):
            raise ActRefused(Act.LIMITS.value)
        wanted = ActLimit(
            merchant_id=seller.merchant_id,
            act=chosen,
            per_act=_read(once, before.per_act, seller),
            per_day=_read(day, before.per_day, seller),
            per_certificate=_read(each, before.per_certificate, seller),
        )
        to = {"act": act, **({"own": "no"} if as_everybody else limit_said(wanted))}
        change = OwnerChange(act=OwnerAct.OWN_LIMIT, subject=str(membership.membership_id), name=person.name, to=to)
        waits = await ask_other_owner(deps, seller, change, by=by, reason=OwnerAct.OWN_LIMIT.value)
        async with deps.database.connection() as connection:
            kept = (await approvals.own_limits(connection, seller.merchant_id)).get(membership.membership_id, {})
            return waits, list(kept.values())

    waits, limits = runtime.run(work)
    if waits is not None:
        click.echo(as_json(waits) if machine else fields(waits))
        return
    _show_limits(limits, machine=machine)


def _read(text: str | None, before: int | None, seller: Merchant) -> int | None:
    """Return a limit that was typed: the one before where nothing was, None for `none`."""
    if text is None:
        return before
    return None if text == "none" else minor(text, seller.currency)


def _show_limits(limits: list[ActLimit], *, machine: bool) -> None:
    rows = [
        {"act": one.act.value, "once": one.per_act, "day": one.per_day, "each": one.per_certificate} for one in limits
    ]
    if machine:
        click.echo(as_json(rows))
        return
    for row in rows:
        said = ", ".join(f"{name} {'any' if row[name] is None else row[name]}" for name in ("once", "day", "each"))
        click.echo(f"{row['act']!s:<9} {said}")
