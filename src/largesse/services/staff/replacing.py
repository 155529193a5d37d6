"""Replace what somebody signs in with: a password by mail, all of it by the operator's word, parts by the person."""

from datetime import datetime
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import portal, staff
from largesse.domain.staff import (
    Audited,
    AuditReason,
    LinkPurpose,
    MembershipState,
    Person,
    PersonUnknown,
    Role,
    StaffLink,
    StaffSession,
    check_password,
)
from largesse.kernel.mail import EmailInvalid, read_email
from largesse.services.staff.dependencies import StaffDependencies
from largesse.services.staff.links import person_address, read_offer, read_person_link
from largesse.services.staff.mailing import StaffMailPurpose, mail_person, signs_in_at

REQUESTS_AT_ONCE: Final = 100
REQUEST_GOOD_FOR: Final = staff.LINK_GOOD_FOR


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A link that counts, and whose it is."""

    link: StaffLink
    person: Person


async def ask_for_reset(deps: StaffDependencies, email: str, *, now: datetime) -> None:
    """Write that somebody asked for another password. Nobody looks here whether the address is known.

    Raises:
        PersonInvalid: it is no address at all.
    """
    try:
        address = read_email(email.strip())
    except EmailInvalid as error:
        raise staff.email_fault() from error
    async with deps.database.transaction() as connection:
        await staff.write_reset_request(connection, address, now)


async def send_resets(deps: StaffDependencies, *, now: datetime) -> int:
    """Mail links to those who asked for another password and are known; return how many requests were taken."""
    taken = 0
    while True:
        async with deps.transaction() as connection:
            requests = await staff.take_reset_requests(connection, limit=REQUESTS_AT_ONCE)
            for email, made_at in requests:
                person = await staff.person_of_email(connection, email)
                if person is not None and now - made_at < REQUEST_GOOD_FOR:
                    link = await staff.make_link(connection, person.person_id, LinkPurpose.RESET, now=now)
                    base = await signs_in_at(connection, person.person_id)
                    await mail_person(
                        connection, person, StaffMailPurpose.RESET, subject_id=link.link_id, place=base, now=now
                    )
        taken += len(requests)
        if len(requests) < REQUESTS_AT_ONCE:
            return taken


async def open_link(deps: StaffDependencies, token: str, purpose: LinkPurpose, *, now: datetime) -> Opened:
    """Return what a link to a person stands for; that spends nothing.

    Raises:
        LinkGone: it does not count.
    """
    async with deps.database.connection() as connection:
        return await _opened(deps, connection, token, purpose, now=now)


async def reset_password(deps: StaffDependencies, token: str, password: str, code: str, *, now: datetime) -> Person:
    """Spend a link for another password. The second factor is asked for all the same, and every session ends.

    Raises:
        FactorRefused: the code does not count; the link is not spent.
        LinkGone: the link does not count.
        PasswordUnfit: the password is none that we take; the link is not spent.
    """
    opened = await open_link(deps, token, LinkPurpose.RESET, now=now)
    check_password(password, known=(opened.person.email, opened.person.name))
    password_hash = await deps.passwords.hashed(password)
    async with deps.transaction() as connection:
        await staff.take_factor(connection, deps.keyring, opened.person.person_id, code, now=now)
        await staff.spend_link(connection, opened.link, now=now)
        await _replace_password(connection, opened.person, password_hash, but=None, now=now)
    return opened.person


async def change_password(
    deps: StaffDependencies, session: StaffSession, current: str, password: str, *, now: datetime
) -> None:
    """Replace the password of somebody who has signed in and knows the one before; all other sessions end.

    Raises:
        FactorRefused: the password before is another one.
        PasswordUnfit: the new one is none that we take.
    """
    async with deps.database.connection() as connection:
        person = await staff.person_of_id(connection, session.person_id)
        secrets = await staff.secrets_of(connection, session.person_id)
    assert person is not None
    if not await deps.passwords.matches(current, hashed=secrets.password_hash):
        raise staff.FactorRefused
    check_password(password, known=(person.email, person.name))
    password_hash = await deps.passwords.hashed(password)
    async with deps.transaction() as connection:
        await _replace_password(connection, person, password_hash, but=session, now=now)


async def renew_recovery_codes(
    deps: StaffDependencies, session: StaffSession, code: str, *, now: datetime
) -> tuple[str, ...]:
    """Return ten new recovery codes for who has just shown a code; those of before count no more.

    Raises:
        FactorRefused: the code does not count.
    """
    async with deps.database.transaction() as connection:
        await staff.take_factor(connection, deps.keyring, session.person_id, code, now=now)
        return await staff.renew_recovery_codes(connection, session.person_id)


async def recover(
    deps: StaffDependencies, email: str, *, actor: str, reason: str, code: AuditReason, now: datetime
) -> str:
    """Return the address at which somebody sets up anew what they sign in with; only the operator asks for it.

    It counts once, for fifteen minutes. It is audited for every merchant that they work
    for, or act for a partner of, whose owners are mailed.

    Raises:
        PersonUnknown: nobody has that address.
        ReasonInvalid: the audit log cannot keep the reason.
    """
    async with deps.transaction() as connection:
        person = await staff.person_of_email(connection, email.strip())
        if person is None:
            raise PersonUnknown
        link = await staff.make_link(connection, person.person_id, LinkPurpose.RECOVERY, now=now)
        base = await signs_in_at(connection, person.person_id)
        works = await staff.memberships_of_person(connection, person.person_id)
        acts = await portal.members_of_person(connection, person.person_id)
        bound = [(one.merchant_id, one.membership_id) for one in works]
        for merchant_id, membership_id in bound + [(one.merchant_id, one.membership_id) for one in acts]:
            await staff.record(
                connection,
                merchant_id,
                Audited.STAFF_RECOVERED,
                subject=str(membership_id),
                actor=actor,
                reason=reason,
                reason_code=code,
                now=now,
            )
            for other, owner in await staff.members(connection, merchant_id):
                if other.role is Role.OWNER and other.state is MembershipState.LIVE:
                    await mail_person(
                        connection,
                        owner,
                        StaffMailPurpose.RECOVERED,
                        about=person.name,
                        merchant_id=merchant_id,
                        now=now,
                    )
    return person_address(deps, link.link_id, LinkPurpose.RECOVERY, base=base)


async def set_up_anew(
    deps: StaffDependencies, token: str, password: str, offer: str, code: str, *, now: datetime
) -> tuple[str, ...]:
    """Spend a link of the operator's: another password, another authenticator, ten new recovery codes, no session.

    Some acts are closed to this person for a day. Returns the recovery codes, which are kept nowhere.

    Raises:
        FactorRefused: the code is not that of the offered authenticator; the link is not spent.
        LinkGone: the link does not count.
        PasswordUnfit: the password is none that we take; the link is not spent.
    """
    opened = await open_link(deps, token, LinkPurpose.RECOVERY, now=now)
    person = opened.person
    secret = read_offer(deps.keyring, offer, bound_to=token.encode())
    check_password(password, known=(person.email, person.name))
    password_hash = await deps.passwords.hashed(password)
    async with deps.transaction() as connection:
        codes = await staff.set_authenticator(connection, deps.keyring, person.person_id, secret, code, now=now)
        await staff.spend_link(connection, opened.link, now=now)
        await staff.set_recovered(connection, person.person_id, now)
        await staff.remove_passkeys(connection, person.person_id)
        await _replace_password(connection, person, password_hash, but=None, now=now)
    return codes


async def _replace_password(
    connection: Connection, person: Person, password_hash: str, *, but: StaffSession | None, now: datetime
) -> None:
    await staff.set_password(connection, person.person_id, password_hash)
    await staff.end_sessions(connection, person.person_id, now, but=but.session_id if but else None)
    await staff.close_links(connection, person.person_id, now)
    await mail_person(connection, person, StaffMailPurpose.PASSWORD_REPLACED, now=now)


async def _opened(
    deps: StaffDependencies, connection: Connection, token: str, purpose: LinkPurpose, *, now: datetime
) -> Opened:
    link_id = read_person_link(deps.keyring, token, purpose)
    link = await staff.find_link(connection, link_id, purpose, now=now)
    person = await staff.person_of_id(connection, link.person_id)
    assert person is not None
    return Opened(link=link, person=person)
