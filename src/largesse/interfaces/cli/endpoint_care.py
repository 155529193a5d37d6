"""`largesse endpoint`, the commands that change what an endpoint is and what it was told."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import click

from largesse import outbox
from largesse.domain.merchants import merchant_of_id
from largesse.domain.orders import OrderFilter, OrderStatus
from largesse.domain.partners import find_partner
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.endpoint import endpoint, phone_option
from largesse.interfaces.cli.endpoint_facts import endpoint_facts, endpoint_line
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, said
from largesse.kernel.paging import Period
from largesse.services.endpoints import (
    ChangeEndpoint,
    EventKind,
    PhoneForm,
    Queued,
    admit_endpoint,
    change_endpoint,
    decline_endpoint,
    post_orders,
    remove_endpoint,
    reveal_phrases,
)
from largesse.services.exports import read_moment

__all__ = ["endpoint"]


@endpoint.command("set")
@click.argument("endpoint_id", type=click.UUID)
@click.option("--url", help="Where to post from now on.")
@click.option("--event", "events", multiple=True, help="For json: the kinds to be told of, all named anew.")
@click.option("--all-events", is_flag=True, help="For json: every kind.")
@click.option("--custom1", help="Another one; empty takes it away.")
@click.option("--custom2", help="The same.")
@phone_option
@click.option("--ordered/--unordered", default=None, help="One at a time, oldest first; or many at once.")
@json_option
@click.pass_obj
def set_(
    runtime: Runtime,
    /,
    endpoint_id: UUID,
    *,
    url: str | None,
    events: Sequence[str],
    all_events: bool,
    custom1: str | None,
    custom2: str | None,
    phone: str | None,
    ordered: bool | None,
    machine: bool,
) -> None:
    """Change an endpoint. What waits for it goes out with the new values; the change is written to the audit log."""
    change = ChangeEndpoint(
        url=url,
        events=[kind.value for kind in EventKind] if all_events else events or None,
        custom1=custom1,
        custom2=custom2,
        phone=PhoneForm(phone) if phone else None,
        ordered=ordered,
    )
    if not change.parts:
        raise click.UsageError("Say what to change, such as --url.")

    async def work(deps: CommandDependencies) -> outbox.Endpoint:
        async with deps.transaction(long=True) as connection:
            by, now = ByWhom(actor=actor()), deps.clock.now()
            return await change_endpoint(
                connection, deps.keyring, endpoint_id, change, reach=deps.reach, by=by, now=now
            )

    changed = runtime.run(work)
    click.echo(as_json(endpoint_facts(changed)) if machine else fields(endpoint_facts(changed)))


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@said(endpoint_line)
async def remove(deps: CommandDependencies, /, endpoint_id: UUID) -> outbox.Endpoint:
    """Remove an endpoint for good. What waits is given up; what was sent can still be looked up."""
    async with deps.transaction(long=True) as connection:
        return await remove_endpoint(connection, endpoint_id, by=ByWhom(actor=actor()), now=deps.clock.now())


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@said(endpoint_line)
async def admit(deps: CommandDependencies, /, endpoint_id: UUID) -> outbox.Endpoint:
    """Give an owner's word: a new endpoint is told from now on, or one leads to the host that was asked for."""
    async with deps.transaction(long=True) as connection:
        by, now = ByWhom(actor=actor()), deps.clock.now()
        return await admit_endpoint(connection, deps.keyring, endpoint_id, by=by, now=now)


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@said(endpoint_line)
async def decline(deps: CommandDependencies, /, endpoint_id: UUID) -> outbox.Endpoint:
    """Refuse it: a new endpoint is removed, another one goes on as it is."""
    async with deps.transaction(long=True) as connection:
        return await decline_endpoint(connection, endpoint_id, by=ByWhom(actor=actor()), now=deps.clock.now())


@endpoint.command()
@click.argument("endpoint_id", type=click.UUID)
@click.option("--reason", required=True, help="Why you need to see it, for the audit log.")
@said(fields)
async def reveal(deps: CommandDependencies, /, endpoint_id: UUID, reason: str) -> dict[str, object]:
    """Show custom1, custom2 and the query of the URL. The audit log names who saw them."""
    async with deps.database.transaction() as connection:
        found = await reveal_phrases(
            connection, deps.keyring, endpoint_id, actor=actor(), reason=reason, now=deps.clock.now()
        )
        return {"query": found.query, "custom1": found.custom1, "custom2": found.custom2}


def _queued_line(done: Queued) -> str:
    return f"{done.queued} queued; {done.known} it had been told of, or waits for."


@endpoint.command("post-orders")
@click.argument("endpoint_id", type=click.UUID)
@click.option("--since", help="From this day or time on, in the merchant's zone.")
@click.option("--until", help="Up to this day or time, which is not included.")
@click.option("--by", type=click.Choice(["ordered", "issued"]), default="ordered", show_default=True)
@click.option("--status", type=click.Choice([status.value for status in OrderStatus]))
@click.option("--refcode", help="Only orders of a partner's batch.")
@click.option("--partner", help="Only orders of this partner, by name or id.")
@click.option("--operation-id", type=click.UUID, help="Repeat under the same one to have it in the audit log once.")
@said(_queued_line)
async def post_orders_(
    deps: CommandDependencies, /, endpoint_id: UUID, *, by: str, operation_id: UUID | None, **given: str | None
) -> Queued:
    """Post issued orders that the endpoint was not told of, such as those of before it was added."""
    chosen = await _orders_of(deps, endpoint_id, by, given)
    whom = ByWhom(actor=actor(), operation_id=operation_id)
    return await post_orders(deps, endpoint_id, chosen, by=whom, now=deps.clock.now())


async def _orders_of(
    deps: CommandDependencies, endpoint_id: UUID, by: str, given: Mapping[str, str | None]
) -> OrderFilter:
    async with deps.database.connection() as connection:
        one = await outbox.find_endpoint(connection, endpoint_id)
        seller = await merchant_of_id(connection, one.merchant_id)
        name = given["partner"]
        partner = await find_partner(connection, seller.merchant_id, name) if name else None
    texts = {name: text for name in ("since", "until") if (text := given[name]) is not None}
    moments = {name: read_moment(text, in_zone=seller.zone) for name, text in texts.items()}
    span, status = Period(since=moments.get("since"), until=moments.get("until")), given["status"]
    return OrderFilter(
        placed=span if by == "ordered" else Period(),
        issued=span if by == "issued" else Period(),
        status=OrderStatus(status) if status else None,
        refcode=given["refcode"],
        partner_id=partner.partner_id if partner else None,
    )
