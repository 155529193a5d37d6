"""What can be done with partners: create and change them, hand out keys and tokens, let them in."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.partners import store
from largesse.domain.partners.checks import faults_of_change, faults_of_details, faults_of_email, faults_of_partner
from largesse.domain.partners.errors import (
    AccessDenied,
    AgreementDisabled,
    KeyUnknown,
    PartnerChanged,
    PartnerInvalid,
    PartnerKeyKnown,
    PartnerTaken,
    PartnerUnknown,
    UserTaken,
    UserUnknown,
)
from largesse.domain.partners.model import (
    Access,
    Agreement,
    AgreementChange,
    Credentials,
    Key,
    Partner,
    PartnerChange,
    PartnerUser,
    Terms,
)
from largesse.domain.partners.secrets import digest_of_key, digest_of_token, new_key, new_token
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id

_TOKEN = re.compile(r"[a-z0-9]{40}")
_KEY_LENGTH_MAX = 64
_FORGET_TOKENS_AFTER = timedelta(days=7)


async def create_partner(
    connection: Connection, merchant_id: UUID, *, name: str, contact_email: str, change: AgreementChange, now: datetime
) -> Partner:
    """Create a partner with an agreement that differs from the usual one by `change`; no currency is in it yet.

    Raises:
        PartnerInvalid: some of its details cannot stand.
        PartnerTaken: the merchant has one of that name.
    """
    name = name.strip()
    _refuse([*faults_of_partner(name, contact_email), *faults_of_change(change)])
    partner = Partner(
        merchant_id=merchant_id, partner_id=new_id(now), name=name, contact_email=contact_email, created_at=now
    )
    given = {field: value for field, value in msgspec.structs.asdict(change).items() if value is not None}
    agreement = Agreement(merchant_id=merchant_id, partner_id=partner.partner_id, **given)
    if not await store.insert_partner(connection, partner, agreement):
        raise PartnerTaken
    return partner


async def change_agreement(connection: Connection, partner: Partner, change: AgreementChange) -> None:
    """Change an agreement; orders that are being decided are decided first.

    Raises:
        PartnerInvalid: some of it cannot stand.
    """
    _refuse(list(faults_of_change(change)))
    await store.change_agreement(connection, _ref(partner), change)


async def change_partner(connection: Connection, partner: Partner, change: PartnerChange) -> Partner:
    """Change a partner's details and return it as it is now; `change.phone` is E.164. For what is ordered from now on.

    Raises:
        PartnerInvalid: some of it cannot stand.
        PartnerTaken: the merchant has another one of that name.
    """
    _refuse(list(faults_of_details(change)))
    changed = await store.update_partner(connection, _ref(partner), change)
    if changed is None:
        raise PartnerTaken
    return changed


async def put_terms(connection: Connection, partner: Partner, currency: str, terms: Terms) -> None:
    """Allow a currency, or change what is allowed in it. The used credit stays as it is."""
    await store.lock_agreements(connection, [_ref(partner)])
    await store.put_terms(connection, _ref(partner), currency, terms)


async def remove_terms(connection: Connection, partner: Partner, currency: str) -> None:
    """Take a currency out of the agreement.

    Raises:
        PartnerInvalid: it is not in it, or orders in it are not settled.
    """
    await store.lock_agreements(connection, [_ref(partner)])
    if not await store.delete_terms(connection, _ref(partner), currency):
        message = f"{currency} is not in the agreement, or orders in it are not settled yet."
        raise PartnerInvalid(fields=[FieldError("currency", "currency.in_use", message)])


async def find_partner(connection: Connection, merchant_id: UUID, name_or_id: str) -> Partner:
    """Return the partner of a name, in any case, or an id.

    Raises:
        PartnerUnknown: the merchant has none.
    """
    found = await store.find_partner(connection, merchant_id, name_or_id)
    if found is None:
        raise PartnerUnknown
    return found


async def agreement_of(connection: Connection, merchant_id: UUID, partner_id: UUID) -> Agreement:
    """Return a partner's agreement as it is now.

    Raises:
        AgreementDisabled: there is none.
    """
    found = await store.agreements(connection, [(merchant_id, partner_id)])
    if not found:
        raise AgreementDisabled
    return found[merchant_id, partner_id]


async def create_user(
    connection: Connection, partner: Partner, *, email: str, password_hash: str, now: datetime
) -> PartnerUser:
    """Create a user of a partner.

    Raises:
        PartnerInvalid: the address cannot be one.
        UserTaken: the merchant knows it already.
    """
    email = email.strip().lower()
    _refuse(list(faults_of_email("email", email)))
    user = PartnerUser(
        merchant_id=partner.merchant_id,
        user_id=new_id(now),
        partner_id=partner.partner_id,
        email=email,
        created_at=now,
    )
    if not await store.insert_user(connection, user, password_hash):
        raise UserTaken
    return user


async def find_user(connection: Connection, partner: Partner, email: str) -> PartnerUser:
    """Return a partner's user.

    Raises:
        UserUnknown: it has none of that address.
    """
    for user in await store.users(connection, _ref(partner)):
        if user.email == email.strip().lower():
            return user
    raise UserUnknown


async def create_key(
    connection: Connection, user: PartnerUser, *, key_id: UUID | None = None, now: datetime
) -> tuple[Key, str]:
    """Create an API key, under the id that it was asked for with; its text is returned once and kept nowhere.

    Raises:
        PartnerKeyKnown: it was made before.
    """
    text = new_key()
    key = Key(
        merchant_id=user.merchant_id,
        key_id=key_id or new_id(now),
        user_id=user.user_id,
        hint=text[-4:],
        created_at=now,
    )
    if not await store.insert_key(connection, key, digest_of_key(text)):
        raise PartnerKeyKnown
    return key, text


async def revoke_key(connection: Connection, partner: Partner, ending: str, *, now: datetime) -> Key:
    """End the one live key whose text ends, or whose id begins, like that; its tokens end with it.

    Raises:
        KeyUnknown: there is none, or more than one.
    """
    live = [key for key in await store.keys(connection, _ref(partner)) if key.revoked_at is None]
    # The whole key does too: whoever still has it may paste it.
    meant = [key for key in live if str(key.key_id) == ending or ending[-4:] == key.hint]
    if len(meant) != 1:
        raise KeyUnknown
    await store.revoke_key(connection, partner.merchant_id, meant[0].key_id, now)
    await store.revoke_tokens(connection, partner.merchant_id, meant[0].key_id, now)
    return meant[0]


async def end_tokens(connection: Connection, partner: Partner, key_id: UUID, *, now: datetime) -> int:
    """End the live tokens of a partner's key and return how many; the key itself works on.

    Raises:
        KeyUnknown: the partner has no live key of that id.
    """
    if key_id not in {key.key_id for key in await store.keys(connection, _ref(partner)) if key.revoked_at is None}:
        raise KeyUnknown
    return await store.revoke_tokens(connection, partner.merchant_id, key_id, now)


def revision_of(partner: Partner, agreement: Agreement) -> str:
    """Return what tells this state of a partner from another: a fingerprint of all that people change.

    The credit that is used is not in it.
    """
    terms = {code: (one.amount_max, one.credit_limit) for code, one in agreement.terms.items()}
    known = (partner, msgspec.structs.replace(agreement, terms={}, enabled=True, suspended=False), terms)
    return hashlib.sha256(msgspec.json.encode(known, order="deterministic")).hexdigest()[:20]


def check_seen(partner: Partner, agreement: Agreement, seen: str | None) -> None:
    """Let a change pass that was begun from what stands. None: whoever changes it has looked at nothing.

    Raises:
        PartnerChanged: somebody else has changed it meanwhile.
    """
    if seen is not None and seen != revision_of(partner, agreement):
        raise PartnerChanged


async def find_credentials(connection: Connection, api_key: str) -> Credentials | None:
    """Return whom a live API key belongs to."""
    if not 1 <= len(api_key) <= _KEY_LENGTH_MAX:
        return None
    return await store.credentials(connection, digest_of_key(api_key))


async def issue_token(connection: Connection, credentials: Credentials, *, now: datetime) -> str:
    """Issue an access token to somebody whose password was right; earlier ones live on."""
    token = new_token()
    expires_at = now + timedelta(seconds=credentials.token_lifetime_s)
    await store.insert_token(connection, credentials, digest_of_token(token), issued_at=now, expires_at=expires_at)
    return token


async def find_access(connection: Connection, api_key: str, api_token: str, *, now: datetime) -> Access:
    """Return in whose name a key and one of its tokens speak.

    Raises:
        AccessDenied: one of them is wrong, revoked or expired.
    """
    if not 1 <= len(api_key) <= _KEY_LENGTH_MAX or not _TOKEN.fullmatch(api_token):
        raise AccessDenied
    found = await store.access(connection, digest_of_key(api_key), digest_of_token(api_token), now)
    if found is None:
        raise AccessDenied
    return found


async def merchants_with_expired_tokens(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have tokens to forget."""
    return await store.merchants_with_expired_tokens(connection, now - _FORGET_TOKENS_AFTER)


async def forget_expired_tokens(connection: Connection, merchant_id: UUID, *, now: datetime, limit: int = 1000) -> int:
    """Delete at most `limit` of a merchant's tokens that expired a week ago or more; return how many."""
    return await store.delete_expired_tokens(connection, merchant_id, now - _FORGET_TOKENS_AFTER, limit)


def _ref(partner: Partner) -> store.PartnerRef:
    return partner.merchant_id, partner.partner_id


def _refuse(faults: Sequence[FieldError]) -> None:
    if faults:
        raise PartnerInvalid(fields=faults)
