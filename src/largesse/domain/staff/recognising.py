"""How a person is recognised: by a password and a second factor, then by the token of a session."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.staff import store
from largesse.domain.staff.errors import FactorRefused, LinkGone, SignedOut
from largesse.domain.staff.joining import short_agent
from largesse.domain.staff.people import LINK_GOOD_FOR, LinkPurpose, StaffLink
from largesse.domain.staff.second_factors import (
    digest_of_recovery_code,
    new_recovery_codes,
    open_totp,
    seal_totp,
    step_of_code,
)
from largesse.domain.staff.sessions import (
    OLD_TOKEN_FOR,
    SEEN_EVERY,
    StaffSession,
    digest_of_token,
    new_token,
)
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring


class Factor(StrEnum):
    """What a person gave besides the password."""

    AUTHENTICATOR = "authenticator"
    RECOVERY_CODE = "recovery_code"


async def take_factor(connection: Connection, keyring: Keyring, person_id: UUID, code: str, *, now: datetime) -> Factor:
    """Take a code of the authenticator or a recovery code, and return which it was. Either counts once.

    Raises:
        FactorRefused: it does not count.
    """
    secrets = await store.secrets_of(connection, person_id)
    if secrets.totp is not None:
        step = step_of_code(open_totp(keyring, person_id, secrets.totp), code, now=now)
        if step is not None:
            if await store.use_totp_step(connection, person_id, step):
                return Factor.AUTHENTICATOR
            raise FactorRefused
    digest = digest_of_recovery_code(person_id, code)
    if digest is not None and await store.use_recovery_code(connection, person_id, digest, now):
        return Factor.RECOVERY_CODE
    raise FactorRefused


async def set_authenticator(
    connection: Connection, keyring: Keyring, person_id: UUID, secret: str, code: str, *, now: datetime
) -> tuple[str, ...]:
    """Replace the authenticator by one that has just shown a code, and return ten new recovery codes.

    They are shown once and kept nowhere in clear; those of before count no more.

    Raises:
        FactorRefused: the code is not the new authenticator's.
    """
    step = step_of_code(secret, code, now=now)
    if step is None:
        raise FactorRefused
    await store.set_totp(connection, person_id, seal_totp(keyring, person_id, secret), step=step)
    return await renew_recovery_codes(connection, person_id)


async def renew_recovery_codes(connection: Connection, person_id: UUID) -> tuple[str, ...]:
    """Return ten new recovery codes; those of before count no more."""
    codes = new_recovery_codes()
    digests = [digest_of_recovery_code(person_id, code) for code in codes]
    await store.replace_recovery_codes(connection, person_id, [one for one in digests if one is not None])
    return codes


async def begin_session(
    connection: Connection, person_id: UUID, *, agent: str, address: str, now: datetime
) -> tuple[StaffSession, str]:
    """Begin a session after a right password, and return it with its token. It counts for nothing yet."""
    token = new_token()
    session = StaffSession(
        session_id=new_id(now),
        person_id=person_id,
        made_at=now,
        seen_at=now,
        agent=short_agent(agent),
        address=address,
    )
    await store.insert_session(connection, session, digest_of_token(token))
    return session, token


async def sign_in(connection: Connection, session: StaffSession, *, now: datetime) -> tuple[StaffSession, str]:
    """Let a session count whose person gave the second factor, and return it with another token.

    Raises:
        SignedOut: it has ended, or counts already.
    """
    token = new_token()
    if not await store.sign_in_session(connection, session.session_id, digest_of_token(token), now):
        raise SignedOut
    return msgspec.structs.replace(session, signed_in_at=now, seen_at=now), token


async def step_up(
    connection: Connection, session: StaffSession, merchant_id: UUID, *, now: datetime
) -> tuple[StaffSession, str]:
    """Write that a person showed again who they are, for one merchant, and return the session with another token.

    Raises:
        SignedOut: it has ended.
    """
    token, until = new_token(), now + OLD_TOKEN_FOR
    digest = digest_of_token(token)
    done = await store.confirm_session(
        connection, session.session_id, digest, now, until=until, merchant_id=merchant_id
    )
    if not done:
        raise SignedOut
    return msgspec.structs.replace(session, confirmed_for=merchant_id, confirmed_at=now, seen_at=now), token


async def session_of_token(
    connection: Connection, token: str, *, address: str, now: datetime, half_way: bool = False
) -> StaffSession:
    """Return the session that a browser has, and take note that it was used.

    `half_way` is for the page that asks for the second factor.

    Raises:
        SignedOut: there is none, or it counts no more, or does not count yet.
    """
    session = await store.session_of(connection, digest_of_token(token), now)
    if session is None or not (session.is_open(now) if half_way else session.counts(now)):
        raise SignedOut
    if session.seen_at <= now - SEEN_EVERY:
        unless_since = now - SEEN_EVERY
        await store.see_session(connection, session.session_id, now, unless_since=unless_since, address=address)
    return session


async def make_link(connection: Connection, person_id: UUID, purpose: LinkPurpose, *, now: datetime) -> StaffLink:
    """Write a link that works once, for fifteen minutes."""
    link = StaffLink(
        link_id=new_id(now), person_id=person_id, purpose=purpose, made_at=now, expires_at=now + LINK_GOOD_FOR
    )
    await store.insert_link(connection, link)
    return link


async def find_link(connection: Connection, link_id: UUID, purpose: LinkPurpose, *, now: datetime) -> StaffLink:
    """Return a link that counts; opening it spends nothing.

    Raises:
        LinkGone: it does not count.
    """
    link = await store.link_of(connection, link_id)
    if link is None or link.purpose is not purpose or not link.is_open(now):
        raise LinkGone
    return link


async def spend_link(connection: Connection, link: StaffLink, *, now: datetime) -> None:
    """Take a link, and every other one of its person.

    Raises:
        LinkGone: it counts no more.
    """
    if await store.spend_link(connection, link.link_id, now) is None:
        raise LinkGone
    await store.close_links(connection, link.person_id, now)
