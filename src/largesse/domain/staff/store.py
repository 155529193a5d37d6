"""The tables of people who work here, of their sessions and memberships, and the audit log, which is only added to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.staff.model import AuditEntry
from largesse.domain.staff.people import (
    Invitation,
    Membership,
    Person,
    SignInSecrets,
    StaffLink,
    email_key,
)
from largesse.domain.staff.permissions import Role
from largesse.domain.staff.sessions import StaffSession
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Sealed

_queries = load(__package__)
_ONE = "UPDATE 1"

Kept = TypeVar("Kept", bound=msgspec.Struct)


async def insert(connection: Connection, entry: AuditEntry) -> bool:
    """Write one entry of the audit log; False where one of its operation stands."""
    code = entry.reason_code.value if entry.reason_code else None
    values = *msgspec.structs.astuple(entry)[:-2], code, entry.operation_id
    written = await connection.fetchval(_queries.insert_entry, *values)
    return written is not None


async def find_entry(connection: Connection, merchant_id: UUID, operation_id: UUID) -> AuditEntry | None:
    """Return the entry of the audit log that an operation wrote, None where it did not happen."""
    found = _all(await connection.fetch(_queries.find_entry, merchant_id, operation_id), AuditEntry)
    return found[0] if found else None


async def entries_about(
    connection: Connection, merchant_id: UUID, subject: str, *, limit: int = 100
) -> list[AuditEntry]:
    """Return what was done to `subject`, the newest first."""
    return _all(await connection.fetch(_queries.entries_about, merchant_id, subject, limit), AuditEntry)


async def latest_entries(connection: Connection, merchant_id: UUID, *, limit: int = 100) -> list[AuditEntry]:
    """Return what was done for a merchant, the newest first."""
    return _all(await connection.fetch(_queries.latest_entries, merchant_id, limit), AuditEntry)


async def insert_person(connection: Connection, person: Person) -> bool:
    """Write a new person; False where somebody has the address."""
    written = await connection.fetchval(
        _queries.insert_person,
        person.person_id,
        person.email,
        email_key(person.email),
        person.name,
        person.language,
        person.made_at,
    )
    return written is not None


async def person_of_email(connection: Connection, email: str) -> Person | None:
    """Return who signs in with an address, in any case."""
    return _one(await connection.fetchrow(_queries.person_of_email, email_key(email)), Person)


async def person_of_id(connection: Connection, person_id: UUID) -> Person | None:
    """Return the person of an id."""
    return _one(await connection.fetchrow(_queries.person_of_id, person_id), Person)


async def persons_of_ids(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Person]:
    """Return the persons of some ids."""
    return {row["person_id"]: _made(row, Person) for row in await connection.fetch(_queries.persons_of_ids, list(ids))}


async def secrets_of(connection: Connection, person_id: UUID) -> SignInSecrets:
    """Return what a person signs in with; nothing of somebody who is unknown."""
    row = await connection.fetchrow(_queries.secrets_of, person_id)
    return SignInSecrets(person_id=person_id) if row is None else _secrets(row)


async def sign_in_row(connection: Connection, email: str) -> tuple[Person | None, str | None]:
    """Return who signs in with an address and the hash of the password, by one statement, whoever it is."""
    row = await connection.fetchrow(_queries.sign_in_row, email_key(email))
    if row is None:
        return None, None
    facts = dict(row)
    password_hash = facts.pop("password_hash")
    return msgspec.convert(facts, Person), password_hash


async def write_reset_request(connection: Connection, email: str, now: datetime) -> None:
    """Write that somebody asked for another password; nothing is looked up."""
    await connection.execute(_queries.write_reset_request, new_id(now), email, now)


async def take_reset_requests(connection: Connection, *, limit: int) -> list[tuple[str, datetime]]:
    """Take requests for another password that wait, and return address and moment of each."""
    return [(row["email"], row["made_at"]) for row in await connection.fetch(_queries.take_reset_requests, limit)]


async def set_language(connection: Connection, person_id: UUID, language: str) -> None:
    """Write the language that a person reads."""
    await connection.execute(_queries.set_language, person_id, language)


async def set_password(connection: Connection, person_id: UUID, password_hash: str) -> None:
    """Write the hash of another password."""
    await connection.execute(_queries.set_password, person_id, password_hash)


async def set_totp(connection: Connection, person_id: UUID, sealed: Sealed, *, step: int) -> None:
    """Write the secret of another authenticator, and the step of its first code, which was used."""
    await connection.execute(_queries.set_totp, person_id, sealed.cipher, sealed.key_id, step)


async def use_totp_step(connection: Connection, person_id: UUID, step: int) -> bool:
    """Take the step of a code; False where it or a later one was used."""
    return await connection.execute(_queries.use_totp_step, person_id, step) == _ONE


async def set_recovered(connection: Connection, person_id: UUID, now: datetime) -> None:
    """Write when somebody was let in by the operator."""
    await connection.execute(_queries.set_recovered, person_id, now)


async def holds_totp(connection: Connection) -> bool:
    """Return whether the secret of any authenticator is kept."""
    return bool(await connection.fetchval(_queries.holds_totp))


async def count_totp_by_key(connection: Connection) -> Mapping[str, int]:
    """Return how many secrets of authenticators are sealed under each key."""
    return {row["key_id"]: row["sealed"] for row in await connection.fetch(_queries.count_totp_by_key)}


async def lock_totp_batch(
    connection: Connection, after: UUID, current_key_id: str, *, limit: int
) -> list[SignInSecrets]:
    """Return, locked, the next persons whose authenticator's secret is under another key."""
    rows = await connection.fetch(_queries.lock_totp_batch, after, current_key_id, limit)
    return [_secrets(row) for row in rows]


async def replace_totp_seals(connection: Connection, sealed: Sequence[tuple[UUID, Sealed]]) -> None:
    """Write the same secrets, sealed anew."""
    await connection.executemany(
        _queries.replace_totp_seal, [(person_id, one.cipher, one.key_id) for person_id, one in sealed]
    )


async def replace_recovery_codes(connection: Connection, person_id: UUID, digests: Sequence[bytes]) -> None:
    """Write fresh recovery codes; those of before count no more."""
    await connection.execute(_queries.forget_recovery_codes, person_id)
    await connection.execute(_queries.insert_recovery_codes, person_id, list(digests))


async def use_recovery_code(connection: Connection, person_id: UUID, digest: bytes, now: datetime) -> bool:
    """Take a recovery code; False where there is none like it, or it was used."""
    return await connection.execute(_queries.use_recovery_code, person_id, digest, now) == _ONE


async def recovery_codes_left(connection: Connection, person_id: UUID) -> int:
    """Return how many recovery codes a person has left."""
    return int(await connection.fetchval(_queries.recovery_codes_left, person_id))


async def insert_session(connection: Connection, session: StaffSession, digest: bytes) -> None:
    """Write a session that begins."""
    await connection.execute(
        _queries.insert_session,
        session.session_id,
        session.person_id,
        digest,
        session.made_at,
        session.agent,
        session.address,
    )


async def session_of(connection: Connection, digest: bytes, now: datetime) -> StaffSession | None:
    """Return the session of a token, whether or not it still counts."""
    return _one(await connection.fetchrow(_queries.session_of, digest, now), StaffSession)


async def sign_in_session(connection: Connection, session_id: UUID, digest: bytes, now: datetime) -> bool:
    """Write that the second factor was given, with another token; False where it was before, or the session ended."""
    return await connection.execute(_queries.sign_in_session, session_id, digest, now) == _ONE


async def confirm_session(
    connection: Connection, session_id: UUID, digest: bytes, now: datetime, *, until: datetime, merchant_id: UUID
) -> bool:
    """Write a step-up for a merchant, with another token; the one before counts `until` then."""
    done = await connection.execute(_queries.confirm_session, session_id, digest, now, until, merchant_id)
    return done == _ONE


async def see_session(
    connection: Connection, session_id: UUID, now: datetime, *, unless_since: datetime, address: str
) -> None:
    """Write when and from where a session was last used, unless that is known since a moment."""
    await connection.execute(_queries.see_session, session_id, now, unless_since, address)


async def end_session(connection: Connection, person_id: UUID, session_id: UUID, now: datetime) -> bool:
    """End a session of a person; False where there is none."""
    return await connection.execute(_queries.end_session, person_id, session_id, now) == _ONE


async def end_sessions(connection: Connection, person_id: UUID, now: datetime, *, but: UUID | None = None) -> None:
    """End every session of a person but one."""
    await connection.execute(_queries.end_sessions, person_id, but, now)


async def sessions_of(connection: Connection, person_id: UUID) -> list[StaffSession]:
    """Return the sessions of a person that were not ended, the last used first; some may be too old to count."""
    return _all(await connection.fetch(_queries.sessions_of, person_id), StaffSession)


async def has_signed_in_with(connection: Connection, person_id: UUID, agent: str, *, but: UUID) -> bool:
    """Return whether a person has signed in with such a browser in another session."""
    return bool(await connection.fetchval(_queries.has_signed_in_with, person_id, agent, but))


async def forget_sessions(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete sessions that nobody has used since a moment; return how many went."""
    return len(await connection.fetch(_queries.forget_sessions, before, limit))


async def insert_link(connection: Connection, link: StaffLink) -> None:
    """Write a link for a person."""
    await connection.execute(
        _queries.insert_link, link.link_id, link.person_id, link.purpose.value, link.made_at, link.expires_at
    )


async def link_of(connection: Connection, link_id: UUID) -> StaffLink | None:
    """Return the link of an id, whether or not it still counts."""
    return _one(await connection.fetchrow(_queries.link_of, link_id), StaffLink)


async def spend_link(connection: Connection, link_id: UUID, now: datetime) -> StaffLink | None:
    """Take a link and return it; None where it does not count."""
    return _one(await connection.fetchrow(_queries.spend_link, link_id, now), StaffLink)


async def close_links(connection: Connection, person_id: UUID, now: datetime) -> None:
    """Let no link of a person count any more."""
    await connection.execute(_queries.close_links, person_id, now)


async def insert_membership(connection: Connection, membership: Membership) -> bool:
    """Write that a person works for a merchant; False where they do."""
    written = await connection.fetchval(
        _queries.insert_membership,
        membership.merchant_id,
        membership.membership_id,
        membership.person_id,
        membership.role.value,
        membership.invited_by,
        membership.made_at,
        membership.agent,
        membership.address,
        membership.confirmed_at,
    )
    return written is not None


async def memberships_of(connection: Connection, merchant_id: UUID) -> list[Membership]:
    """Return who works for a merchant, then who has, the newest of them first."""
    return _all(await connection.fetch(_queries.memberships_of, merchant_id), Membership)


async def memberships_of_person(connection: Connection, person_id: UUID) -> list[Membership]:
    """Return for whom a person works, or waits to."""
    return _all(await connection.fetch(_queries.memberships_of_person, person_id), Membership)


async def membership_with(connection: Connection, merchant_id: UUID, person_id: UUID) -> Membership | None:
    """Return what a person is to a merchant, None where they are nothing, or no more."""
    return _one(await connection.fetchrow(_queries.membership_with, merchant_id, person_id), Membership)


async def lock_owners(connection: Connection, merchant_id: UUID) -> list[UUID]:
    """Return the persons who own a merchant, and keep them from leaving until the transaction ends."""
    return [row["person_id"] for row in await connection.fetch(_queries.lock_owners, merchant_id)]


async def confirm_membership(connection: Connection, membership: Membership, now: datetime) -> bool:
    """Let a membership count; False where it does not wait for that."""
    key = membership.merchant_id, membership.membership_id
    return await connection.execute(_queries.confirm_membership, *key, now) == _ONE


async def set_role(connection: Connection, membership: Membership, role: Role) -> bool:
    """Write another role; False where the membership has ended."""
    key = membership.merchant_id, membership.membership_id
    return await connection.execute(_queries.set_role, *key, role.value) == _ONE


async def end_membership(connection: Connection, membership: Membership, now: datetime) -> bool:
    """Write that a person works for a merchant no more; False where it was so."""
    key = membership.merchant_id, membership.membership_id
    return await connection.execute(_queries.end_membership, *key, now) == _ONE


async def insert_invitation(connection: Connection, invitation: Invitation) -> None:
    """Write an invitation; the caller has withdrawn what was open to the same address."""
    await connection.execute(
        _queries.insert_invitation,
        invitation.merchant_id,
        invitation.invitation_id,
        invitation.email,
        email_key(invitation.email),
        invitation.role.value,
        invitation.language,
        invitation.invited_by,
        invitation.made_at,
        invitation.expires_at,
    )


async def withdraw_invitations(connection: Connection, merchant_id: UUID, email: str, now: datetime) -> bool:
    """Withdraw what is open to an address; False where nothing is."""
    done = await connection.execute(_queries.withdraw_invitations, merchant_id, email_key(email), now)
    return done != "UPDATE 0"


async def withdraw_invitations_by(connection: Connection, merchant_id: UUID, person_id: UUID, now: datetime) -> None:
    """Withdraw what a person has open for a merchant."""
    await connection.execute(_queries.withdraw_invitations_by, merchant_id, person_id, now)


async def invitation_of(connection: Connection, merchant_id: UUID, invitation_id: UUID) -> Invitation | None:
    """Return the invitation of an id, whether or not it still counts."""
    return _one(await connection.fetchrow(_queries.invitation_of, merchant_id, invitation_id), Invitation)


async def open_invitations(connection: Connection, merchant_id: UUID, now: datetime) -> list[Invitation]:
    """Return the invitations of a merchant that may be accepted, the newest first."""
    return _all(await connection.fetch(_queries.open_invitations, merchant_id, now), Invitation)


async def accept_invitation(
    connection: Connection, merchant_id: UUID, invitation_id: UUID, now: datetime
) -> Invitation | None:
    """Take an invitation and return it; None where it does not count."""
    return _one(await connection.fetchrow(_queries.accept_invitation, merchant_id, invitation_id, now), Invitation)


def _made(row: Row, kind: type[Kept]) -> Kept:
    return msgspec.convert(dict(row), kind)


def _one(row: Row | None, kind: type[Kept]) -> Kept | None:
    return None if row is None else _made(row, kind)


def _all(rows: Sequence[Row], kind: type[Kept]) -> list[Kept]:
    return [_made(row, kind) for row in rows]


def _secrets(row: Mapping[str, Any]) -> SignInSecrets:
    sealed = None
    if row["totp_cipher"] is not None:
        sealed = Sealed(key_id=row["totp_key_id"], cipher=bytes(row["totp_cipher"]))
    return SignInSecrets(person_id=row["person_id"], password_hash=row["password_hash"], totp=sealed)
