"""`largesse certificate`, continued: what is done at a counter with several certificates, with tabs, and to undo it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from largesse.domain.merchants import Merchant
from largesse.interfaces.cli.arguments import Operation, minor, named_or_only, operation_options, read_secret
from largesse.interfaces.cli.certificate import Named, at_a_spot
from largesse.interfaces.cli.certificate_cards import certificate
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, merchant_of
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services.certificates import Located, locate
from largesse.services.counter import (
    ActUnknown,
    CounterAct,
    Desk,
    FoundCertificate,
    Lain,
    Tab,
    act_of,
    capture_tab,
    change_tab,
    find_certificates,
    plan_bill,
    tabs_at,
    take_bill,
    undo_act,
)

__all__ = ["certificate"]


async def _desk(deps: CommandDependencies, merchant: Merchant, named: Named, *, now: datetime) -> Desk:
    """Return the place that was named, the merchant's home where none was."""
    spot = await named.spot(deps, merchant.merchant_id, now=now)
    where = spot.where or await deps.locator.where(merchant.merchant_id, now=now)
    return Desk(merchant=merchant, where=where, device_id=spot.device_id, actor=actor(), refusal=spot.refusal)


def _act_facts(act: CounterAct) -> dict[str, object]:
    money = currency(act.currency)
    return {
        "operation_id": str(act.operation_id),
        "kind": act.kind.value,
        "currency": act.currency,
        "value": plain(act.value, money),
        "gratuity": plain(act.gratuity, money),
        "reference": act.reference,
        "undone": act.undone,
        "certificates": [
            {
                "certificate_id": str(part.certificate_id),
                "last_four": part.last_four,
                "value": plain(part.value, money),
                "gratuity": plain(part.gratuity, money),
                "remains": plain(part.remains, money),
                "gratuity_remains": plain(part.gratuity_remains, money),
            }
            for part in act.parts
        ],
    }


def _show_act(act: CounterAct, *, machine: bool) -> None:
    if machine:
        click.echo(as_json(_act_facts(act)))
        return
    money = currency(act.currency)
    for part in act.parts:
        gratuity = f" and {plain(part.gratuity, money)} gratuity" if part.gratuity else ""
        moved, left = plain(part.value, money), plain(part.remains, money)
        click.echo(f"…{part.last_four}  {act.kind.value} {moved} {act.currency}{gratuity}, {left} remain")
    click.echo(f"operation {act.operation_id}")


@certificate.command("pay-bill")
@click.argument("numbers", nargs=-1)
@click.option("--total", help="What the bill comes to; all that is there, without it.")
@click.option("--gratuity", "gratuity_too", is_flag=True, help="Take all gratuity that is there, too.")
@at_a_spot
@operation_options
@click.pass_obj
def pay_bill(
    runtime: Runtime,
    /,
    *,
    numbers: tuple[str, ...],
    total: str | None,
    gratuity_too: bool,
    named: Named,
    operation: Operation,
) -> None:
    """Pay one bill with several certificates: all of them, or none. `-` reads a number from stdin, one a line.

    The one whose last good day comes first pays first, then the smallest. What remains of the bill is said.
    """
    if not numbers:
        raise click.UsageError("Name the certificates.")
    typed = [read_secret(number) for number in numbers]

    async def work(deps: CommandDependencies) -> CounterAct:
        now = deps.clock.now()
        only = await named_or_only(deps, None)
        found = [await locate(deps, number, at=only) for number in typed]
        merchant = _only_merchant(found)
        desk = await _desk(deps, merchant, named, now=now)
        request = operation.request(merchant.merchant_id, now=now)
        try:
            return await act_of(deps, desk, request.operation_id, now=now)
        except ActUnknown:
            pass
        lain = {
            one.certificate.certificate_id: Lain(
                certificate=one.certificate, entry_mode=named.entry_mode, gratuity_too=gratuity_too
            )
            for one in found
        }
        amount = None if total is None else minor(total, found[0].certificate.currency)
        plan = plan_bill(list(lain.values()), amount)
        await take_bill(
            deps,
            desk,
            plan.parts,
            currency=plan.currency,
            reference=request.memo or "",
            operation_id=request.operation_id,
            now=now,
        )
        if plan.remains:
            left = plain(plan.remains, currency(plan.currency))
            click.echo(f"{left} {plan.currency} remain to be paid otherwise", err=True)
        return await act_of(deps, desk, request.operation_id, now=now)

    _show_act(runtime.run(work), machine=operation.machine)


def _only_merchant(found: Sequence[Located]) -> Merchant:
    if len({one.merchant.merchant_id for one in found}) > 1:
        raise click.UsageError("These certificates are of several merchants, and a bill is of one.")
    return found[0].merchant


@certificate.command("undo")
@click.argument("merchant")
@click.option("--act", "undoes", required=True, type=click.UUID, help="The operation that redeemed.")
@at_a_spot
@operation_options
@click.pass_obj
def undo(runtime: Runtime, /, *, merchant: str, undoes: UUID, named: Named, operation: Operation) -> None:
    """Undo a redemption of one certificate or several whole, on the day it was made; --memo says why."""

    async def work(deps: CommandDependencies) -> CounterAct:
        now = deps.clock.now()
        seller = await merchant_of(deps, merchant)
        desk = await _desk(deps, seller, named, now=now)
        request = operation.request(seller.merchant_id, now=now)
        await undo_act(
            deps,
            desk,
            undoes,
            reason=request.memo or "",
            approved=True,
            operation_id=request.operation_id,
            now=now,
        )
        return await act_of(deps, desk, request.operation_id, now=now)

    _show_act(runtime.run(work), machine=operation.machine)


def _tab_facts(tab: Tab) -> dict[str, object]:
    money = currency(tab.currency)
    return {
        "hold_id": str(tab.hold.hold_id),
        "certificate_id": str(tab.hold.certificate_id),
        "last_four": tab.last_four,
        "reference": tab.reference,
        "actor": tab.actor,
        "value": plain(tab.hold.amount, money),
        "gratuity": plain(tab.hold.gratuity, money),
        "currency": tab.currency,
        "placed_at": tab.hold.placed_at.isoformat(),
        "expires_at": tab.hold.expires_at.isoformat(),
        "is_over": tab.is_over,
    }


@certificate.command("tabs")
@click.argument("merchant")
@at_a_spot
@json_option
@click.pass_obj
def tabs(runtime: Runtime, /, *, merchant: str, named: Named, machine: bool) -> None:
    """List what is set aside at a location, and what was until lately and nobody used."""

    async def work(deps: CommandDependencies) -> list[Tab]:
        now = deps.clock.now()
        desk = await _desk(deps, await merchant_of(deps, merchant), named, now=now)
        return await tabs_at(deps, desk, now=now)

    found = runtime.run(work)
    if machine:
        click.echo(as_json([_tab_facts(tab) for tab in found]))
        return
    for tab in found:
        facts = _tab_facts(tab)
        over = " (time is over)" if tab.is_over else ""
        click.echo(f"{facts['hold_id']}  …{tab.last_four}  {facts['value']} {tab.currency}  {tab.reference}{over}")


@certificate.command("find")
@click.argument("merchant")
@click.option("--order", "order_number", default="", help="The order's number.")
@click.option("--email", default="", help="The buyer's or the recipient's address, with one more fact.")
@click.option("--fact", default="", help="The recipient's first name, or the last four symbols of the number.")
@json_option
@click.pass_obj
def find(runtime: Runtime, /, *, merchant: str, order_number: str, email: str, fact: str, machine: bool) -> None:
    """Find a certificate without its number. The audit log keeps that you looked; what is left on it is not shown."""
    if not order_number and not (email and fact):
        raise click.UsageError("Give --order, or --email with one more --fact.")

    async def work(deps: CommandDependencies) -> list[FoundCertificate]:
        now = deps.clock.now()
        nowhere = Named(location=None, device=None, entry_mode=None)
        desk = await _desk(deps, await merchant_of(deps, merchant), nowhere, now=now)
        return await find_certificates(deps, desk, order_number=order_number, email=email, fact=fact, now=now)

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo(f"{one.certificate_id}  …{one.last_four}  {one.placed_at:%Y-%m-%d}  {one.description}".rstrip())


@certificate.command("tab")
@click.argument("merchant")
@click.option("--hold", "hold_id", required=True, type=click.UUID, help="The tab's hold.")
@click.option("--add", "more", help="Set so much more aside, and let it stand until the end of the day.")
@click.option("--take", "taken", help="Close it: take so much, also after its time.")
@at_a_spot
@operation_options
@click.pass_obj
def tab_(
    runtime: Runtime,
    /,
    *,
    merchant: str,
    hold_id: UUID,
    more: str | None,
    taken: str | None,
    named: Named,
    operation: Operation,
) -> None:
    """Take a tab over until the end of the day, add to it, or close it."""
    if more is not None and taken is not None:
        raise click.UsageError("Add to the tab or close it, not both.")

    async def work(deps: CommandDependencies) -> CounterAct:
        now = deps.clock.now()
        seller = await merchant_of(deps, merchant)
        desk = await _desk(deps, seller, named, now=now)
        request = operation.request(seller.merchant_id, now=now)
        try:
            return await act_of(deps, desk, request.operation_id, now=now)
        except ActUnknown:
            pass
        found = {tab.hold.hold_id: tab for tab in await tabs_at(deps, desk, now=now)}
        code = found[hold_id].currency if hold_id in found else seller.currency
        if taken is not None:
            value = minor(taken, code)
            await capture_tab(deps, desk, hold_id, value=value, operation_id=request.operation_id, now=now)
        else:
            added = 0 if more is None else minor(more, code)
            await change_tab(deps, desk, hold_id, more=added, operation_id=request.operation_id, now=now)
        return await act_of(deps, desk, request.operation_id, now=now)

    _show_act(runtime.run(work), machine=operation.machine)
