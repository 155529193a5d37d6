"""What an owner asked for, as commands tell it, and asking for it on somebody's behalf."""

from datetime import datetime

import click

from largesse.domain.approvals import OwnerChange, OwnerRequest
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, may
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import actor
from largesse.kernel.conventions import written_in
from largesse.kernel.ids import new_id
from largesse.services.approvals import FOLDER, owner_sentence
from largesse.services.owners import OwnersAsking, ask_owner
from largesse.services.staff import Manager, as_member
from largesse.ui import speak

as_owner = click.option(
    "--as", "acting_for", metavar="ADDRESS", help="The owner whom you act for; another one has to agree."
)
"""Whom a command of what is both owners' acts for."""


async def owner_acting(deps: CommandDependencies, merchant: Merchant, acting_for: str | None, act: Act) -> Manager:
    """Return who acts: the operator as such, or somebody whose role allows it.

    Raises:
        ActRefused: their role does not.
        MembershipUnknown: nobody like that works there.
    """
    if acting_for is None:
        return Manager(actor=actor())
    async with deps.database.connection() as connection:
        by = await as_member(connection, merchant, acting_for)
    if by.role is None or not may(by.role, act):
        raise ActRefused(act.value)
    return by


async def ask_other_owner(
    deps: CommandDependencies, merchant: Merchant, change: OwnerChange, *, by: Manager, reason: str, secret: str = ""
) -> dict[str, object] | None:
    """Do something, and return None; where it waits for another owner, return what waits.

    Raises:
        LargesseError: it is refused, as by the services that do it.
    """
    now = deps.clock.now()
    wanted = OwnersAsking(request_id=new_id(now), change=change, reason=reason, secret=secret)
    came = await ask_owner(deps, merchant, wanted, by=by, now=now)
    return None if came.waits is None else asking_facts(came.waits, merchant, now=now)


def asking_facts(one: OwnerRequest, merchant: Merchant, *, now: datetime) -> dict[str, object]:
    """Return what is told of it, without the key that was typed."""
    voice = speak(written_in("en", merchant.english), folders=(FOLDER / "locale",))
    return {
        "request": str(one.request_id),
        "state": one.state(now).value,
        "act": one.change.act.value,
        "says": owner_sentence(one.change, merchant, {}, voice),
        "subject": one.change.subject,
        "reason": one.reason,
        "requested_by": str(one.requested_by),
        "made_at": one.made_at,
        "expires_at": one.expires_at,
        "decided_by": str(one.decided_by) if one.decided_by else None,
        "outcome": one.outcome,
        "by_one_person": one.by_one,
    }
