"""Do what an owner asked for, by the services that everybody's pages and commands call."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import approvals, payment_accounts, staff
from largesse.domain.approvals import ActLimit, LimitedAct, OwnerAct, OwnerChange
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import PaymentAccountKnown
from largesse.domain.staff import AuditReason, Role
from largesse.services import payment_accounts as accounts
from largesse.services import staff as people
from largesse.services.approvals import change_limit, change_own_limit
from largesse.services.owners.dependencies import OwnerDependencies
from largesse.services.owners.told_accounts import TOLD_ACCOUNTS, tell_account, told_account
from largesse.services.payment_accounts import AddAccount
from largesse.services.staff import Manager

AT_PROVIDERS: Final = frozenset(
    {
        OwnerAct.ACCOUNT_NEW,
        OwnerAct.ACCOUNT_KEY,
        OwnerAct.ACCOUNT_SIGNING,
        OwnerAct.ACCOUNT_DEFAULT,
        OwnerAct.ACCOUNT_RETIRE,
    }
)
"""What may ask a payment provider, and so is done outside of the transaction that decides it."""
_NONE: Final = "none"


def limit_said(limit: ActLimit) -> dict[str, str]:
    """Return a limit as a change says it: amounts in the smallest unit of the merchant's currency, or `none`."""
    found = {"once": limit.per_act, "day": limit.per_day, "each": limit.per_certificate}
    return {name: _NONE if amount is None else str(amount) for name, amount in found.items()}


async def standing_of(connection: Connection, merchant: Merchant, change: OwnerChange) -> str:
    """Return what it is just now, so that what was different when it was asked for is refused.

    Raises:
        MembershipUnknown: nobody like that works here.
        PaymentAccountNotFound: there is no such account.
        EntityUnknown: there is no such legal entity.
    """
    merchant_id = merchant.merchant_id
    if change.act is OwnerAct.ACCOUNT_NEW:
        return ""
    if change.act is OwnerAct.LIMIT:
        limit = (await approvals.act_limits(connection, merchant_id))[LimitedAct(change.subject)]
        return ",".join(limit_said(limit).values())
    if change.act in TOLD_ACCOUNTS:
        return await told_account(connection, merchant, change)
    if change.act in AT_PROVIDERS:
        one = await payment_accounts.find_account(connection, merchant_id, UUID(change.subject))
        return f"{one.revision},{one.is_default},{one.retired_at is not None}"
    membership, _ = await staff.find_member(connection, merchant_id, change.subject)
    if change.act is OwnerAct.OWN_LIMIT:
        own = (await approvals.own_limits(connection, merchant_id)).get(membership.membership_id, {})
        stands = own.get(LimitedAct(change.to["act"]))
        return "" if stands is None else ",".join(limit_said(stands).values())
    return f"{membership.role.value},{membership.state.value}"


async def do_here(
    connection: Connection, merchant: Merchant, change: OwnerChange, *, by: Manager, reason: str, now: datetime
) -> None:
    """Do what is done in our own tables, in the caller's transaction.

    Raises:
        LargesseError: it is refused, as by the services of people and of limits.
    """
    if change.act is OwnerAct.LIMIT:
        limit = _limit(merchant, LimitedAct(change.subject), change)
        await change_limit(connection, merchant, limit, by=by, now=now)
        return
    if change.act in TOLD_ACCOUNTS:
        await tell_account(connection, merchant, change, by=by, reason=reason, now=now)
        return
    membership, _ = await staff.find_member(connection, merchant.merchant_id, change.subject)
    match change.act:
        case OwnerAct.ROLE:
            role, code = Role(change.to["role"]), AuditReason(change.to.get("code", AuditReason.OTHER))
            await people.change_role(connection, merchant, membership, role, by=by, reason=reason, code=code, now=now)
        case OwnerAct.OWN_LIMIT:
            act = LimitedAct(change.to["act"])
            own = None if change.to.get("own") == "no" else _limit(merchant, act, change)
            await change_own_limit(connection, merchant, membership, act, own, by=by, now=now)
        case OwnerAct.CONFIRM:
            await people.confirm(connection, merchant, membership, by=by, now=now)
        case _:
            code = AuditReason(change.to.get("code", AuditReason.LEFT))
            await people.end_membership(connection, merchant, membership, by=by, reason=reason, code=code, now=now)


async def do_at_provider(
    deps: OwnerDependencies,
    merchant: Merchant,
    change: OwnerChange,
    secret: str,
    *,
    by: Manager,
    reason: str,
    again: bool = False,
    now: datetime,
) -> None:
    """Do what is about a payment account. `again` is whether it may have been done before, as before a crash.

    Raises:
        LargesseError: it is refused, as by the services of payment accounts.
    """
    who, why = by.actor, reason
    if change.act is OwnerAct.ACCOUNT_NEW:
        try:
            await accounts.add_account(deps, merchant, _wanted(change.to, secret), actor=who, why=why, now=now)
        except PaymentAccountKnown:
            if not again:
                raise
        return
    account_id = UUID(change.subject)
    match change.act:
        case OwnerAct.ACCOUNT_KEY:
            await accounts.rotate_key(deps, merchant, account_id, secret, actor=who, why=why, now=now)
        case OwnerAct.ACCOUNT_SIGNING:
            given = change.to.get("overlap")
            lasts = timedelta(seconds=int(given)) if given else payment_accounts.OVERLAP
            await accounts.rotate_signing_secret(
                deps, merchant, account_id, secret or None, overlap=lasts, actor=who, why=why, now=now
            )
        case OwnerAct.ACCOUNT_DEFAULT:
            await accounts.make_default(deps, merchant, account_id, actor=who, why=why, now=now)
        case _:
            await accounts.retire_account(deps, merchant, account_id, actor=who, why=why, now=now)


def _limit(merchant: Merchant, act: LimitedAct, change: OwnerChange) -> ActLimit:
    once, day, each = (
        None if change.to.get(name, _NONE) == _NONE else int(change.to[name]) for name in ("once", "day", "each")
    )
    return ActLimit(
        merchant_id=merchant.merchant_id,
        act=act,
        per_act=once,
        per_day=day,
        per_certificate=each,
    )


def _wanted(to: Mapping[str, str], secret: str) -> AddAccount:
    return AddAccount(
        gateway=to["gateway"],
        secret_key=secret,
        label=to.get("label") or None,
        register=to.get("register") == "yes",
        test_mode=to.get("test_mode") == "yes",
    )
