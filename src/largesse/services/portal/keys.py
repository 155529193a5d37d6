"""Keys and tokens of the partner API as the partner's own approvers keep them, where the agreement lets them.

The key is of the partner's API user; the merchant's owners are told of each that is made, as when the office makes one.
A key that is made here has no limit of its own, so none is made where anybody or anything of the partner has one: two
keys would order twice as much.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import partners
from largesse.domain.partners import Key, KeyUnknown, PartnerUser, SpendingLimit, UserUnknown
from largesse.kernel.errors import Forbidden
from largesse.services import partners as services
from largesse.services.partners import MadeOnce
from largesse.services.portal.standing import ActsFor
from largesse.services.staff import Manager


class OwnKeysRefused(Forbidden):
    """The agreement does not let the partner's people make keys."""

    code = "portal.keys.refused"
    message = "Your agreement does not let you make keys by yourselves. Ask the merchant for one."


class OwnKeysLimited(Forbidden):
    """Somebody would pass a limit of what they order, by another key or the token of one."""

    code = "portal.keys.limited"
    message = "What people or keys of yours order alone is limited, so the merchant makes the keys. Ask there for one."


async def make_own_key(
    connection: Connection, acts: ActsFor, email: str, *, key_id: UUID | None, name: str, now: datetime
) -> tuple[Key, MadeOnce]:
    """Make a key for a user of the partner API, and tell the merchant's owners.

    Raises:
        OwnKeysLimited: the agreement has limits of people or keys.
        OwnKeysRefused: the agreement does not let them.
        PartnerKeyKnown: it was made before.
        UserUnknown: there is no such user who may ask for tokens.
    """
    limits = await _demand(connection, acts)
    if limits:
        raise OwnKeysLimited
    user = await _user(connection, acts, email)
    by = manager_of(acts, name)
    return await services.make_key(connection, acts.merchant, user, key_id=key_id, by=by, now=now)


async def token_of_own_key(
    connection: Connection, acts: ActsFor, key_id: UUID | None, *, name: str, now: datetime
) -> MadeOnce:
    """Issue a token of a key.

    Raises:
        KeyUnknown: the partner has no live key of that id.
        OwnKeysLimited: who asks may order so much alone, and a token orders without them.
        OwnKeysRefused: the agreement does not let them.
    """
    limits = await _demand(connection, acts)
    if any(one.spender_id == acts.member.membership_id for one in limits):
        raise OwnKeysLimited
    key = await _key(connection, acts, key_id)
    by = manager_of(acts, name)
    return await services.make_token(connection, acts.merchant, acts.partner, key, by=by, now=now)


async def revoke_own_key(
    connection: Connection, acts: ActsFor, key_id: UUID | None, *, tokens_only: bool, name: str, now: datetime
) -> None:
    """End a key with its tokens, or its tokens alone; that may be done whatever the agreement says.

    Raises:
        KeyUnknown: the partner has no live key of that id.
    """
    key, by = await _key(connection, acts, key_id), manager_of(acts, name)
    if tokens_only:
        await services.end_tokens(connection, acts.merchant, acts.partner, key.key_id, by=by, now=now)
    else:
        await services.revoke_key(connection, acts.merchant, acts.partner, str(key.key_id), by=by, now=now)


def manager_of(acts: ActsFor, name: str) -> Manager:
    """Return somebody who acts for a partner, as services of the office know who acts; no role of the office."""
    return Manager(actor=acts.member.actor, name=f"{name} ({acts.partner.name})", person_id=acts.member.person_id)


async def _demand(connection: Connection, acts: ActsFor) -> Sequence[SpendingLimit]:
    """Return the limits of the partner, which nobody sets meanwhile."""
    ref = acts.merchant.merchant_id, acts.partner.partner_id
    agreements = await partners.lock_agreements(connection, [ref])
    if not agreements[ref].own_keys:
        raise OwnKeysRefused
    return await partners.spending_limits_of(connection, ref)


async def _user(connection: Connection, acts: ActsFor, email: str) -> PartnerUser:
    for user in await partners.users(connection, (acts.merchant.merchant_id, acts.partner.partner_id)):
        if user.email == email and user.disabled_at is None:
            return user
    raise UserUnknown


async def _key(connection: Connection, acts: ActsFor, key_id: UUID | None) -> Key:
    for key in await partners.keys(connection, (acts.merchant.merchant_id, acts.partner.partner_id)):
        if key.key_id == key_id and key.revoked_at is None:
            return key
    raise KeyUnknown
