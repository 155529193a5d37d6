"""Sign in, by a password and then a second factor; step up; sign out.

Interfaces count tries before they come here. What is answered, and how long it takes, is the same whoever is asked for.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.staff import (
    Authority,
    Factor,
    FactorRefused,
    Membership,
    MembershipState,
    MembershipUnknown,
    Person,
    SignInRefused,
    StaffSession,
)
from largesse.kernel import free_text
from largesse.services.staff.dependencies import StaffDependencies
from largesse.services.staff.inviting import Browser
from largesse.services.staff.mailing import StaffMailPurpose, mail_person

EMAIL_LENGTH_MAX: Final = 254


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session with the token that its browser has from now on, and what the person gave."""

    session: StaffSession
    token: str
    factor: Factor | None = None

    def __repr__(self) -> str:
        return f"SignedIn({self.session.session_id})"


async def begin(deps: StaffDependencies, email: str, password: str, browser: Browser, *, now: datetime) -> SignedIn:
    """Begin a session with a right password; it counts for nothing before the second factor.

    Raises:
        PasswordsBusy: too many passwords wait to be checked.
        SignInRefused: address and password do not belong together.
    """
    async with deps.database.connection() as connection:
        person, password_hash = await staff.sign_in_row(connection, free_text.one_line(email[:EMAIL_LENGTH_MAX]))
    right = await deps.passwords.matches(password, hashed=password_hash)
    if not right or person is None:
        raise SignInRefused
    async with deps.database.transaction() as connection:
        session, token = await staff.begin_session(
            connection, person.person_id, agent=browser.agent, address=browser.address, now=now
        )
    return SignedIn(session=session, token=token)


async def finish(deps: StaffDependencies, session: StaffSession, code: str, *, now: datetime) -> SignedIn:
    """Let a session count that gave a right password, by a code of the authenticator or a recovery code.

    The person is mailed when the browser is one that was not used before.

    Raises:
        FactorRefused: the code does not count.
        SignedOut: the session has ended, or counts already.
    """
    async with deps.transaction() as connection:
        factor = await staff.take_factor(connection, deps.keyring, session.person_id, code, now=now)
        known = await staff.has_signed_in_with(connection, session.person_id, session.agent, but=session.session_id)
        signed_in, token = await staff.sign_in(connection, session, now=now)
        person = await staff.person_of_id(connection, session.person_id)
        if not known and person is not None:
            await mail_person(connection, person, StaffMailPurpose.NEW_BROWSER, about=session.agent, now=now)
    return SignedIn(session=signed_in, token=token, factor=factor)


async def step_up(
    deps: StaffDependencies,
    session: StaffSession,
    merchant_id: UUID,
    *,
    password: str = "",
    code: str = "",
    now: datetime,
) -> SignedIn:
    """Show again who you are, by the password or a code; it counts for one merchant, for five minutes.

    Raises:
        FactorRefused: neither counts.
        PasswordsBusy: too many passwords wait to be checked.
        SignedOut: the session has ended.
    """
    if password and not code:
        async with deps.database.connection() as connection:
            secrets = await staff.secrets_of(connection, session.person_id)
        if not await deps.passwords.matches(password, hashed=secrets.password_hash):
            raise FactorRefused
    async with deps.database.transaction() as connection:
        factor = None
        if code or not password:
            factor = await staff.take_factor(connection, deps.keyring, session.person_id, code, now=now)
        stepped_up, token = await staff.step_up(connection, session, merchant_id, now=now)
    return SignedIn(session=stepped_up, token=token, factor=factor)


async def person_of(connection: Connection, session: StaffSession) -> Person:
    """Return whose session it is."""
    person = await staff.person_of_id(connection, session.person_id)
    assert person is not None, "persons are never deleted"
    return person


async def authority_of(
    connection: Connection, session: StaffSession, merchant_id: UUID, *, recovered_at: datetime | None
) -> tuple[Membership, Authority]:
    """Return what a person is to a merchant just now, and what that allows. Asked anew for every request.

    Raises:
        MembershipUnknown: they do not work there, or wait to be confirmed; the merchant itself is not told of.
    """
    membership = await staff.membership_with(connection, merchant_id, session.person_id)
    if membership is None or membership.state is not MembershipState.LIVE:
        raise MembershipUnknown
    return membership, session.authority(merchant_id, membership.role, recovered_at=recovered_at)
