"""People on a real database: codes and links count once, also when two come at once; owners cannot all leave."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg
import pyotp
import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Connection, Database
from largesse.domain import staff
from largesse.domain.staff import (
    AlreadyMember,
    Audited,
    AuditReason,
    AuthenticatorSecrets,
    Factor,
    FactorRefused,
    InvitationUnknown,
    LastOwner,
    LinkGone,
    LinkPurpose,
    Membership,
    MembershipEnded,
    MembershipNotWaiting,
    MembershipState,
    MembershipUnknown,
    Person,
    PersonInvalid,
    Role,
    SignedOut,
)
from largesse.kernel.errors import LargesseError
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant

Result = TypeVar("Result")
KEYRING = FixedKeyring([secrets.token_bytes(32)])
LATER = NOW + timedelta(minutes=5)


async def a_person(database: Database, email: str = "ada@bakery.example", name: str = "Ada") -> Person:
    """Somebody who signs in with nothing yet."""
    async with database.transaction() as connection:
        return await staff.create_person(connection, email, name, language="en", now=NOW)


async def a_member(
    database: Database, merchant_id: UUID, email: str, role: Role = Role.OWNER, *, confirmed: bool = True
) -> tuple[Membership, Person]:
    """Somebody who works for a merchant."""
    async with database.transaction() as connection:
        invitation = await staff.invite(connection, merchant_id, email, role, language="en", invited_by=None, now=NOW)
        person = await staff.person_of_email(connection, email) or await staff.create_person(
            connection, email, "Somebody", language="en", now=NOW
        )
        member = await staff.join(connection, invitation, person, agent="Firefox", address="192.0.2.1", now=NOW)
        if confirmed and member.state is MembershipState.WAITING:
            member = await staff.confirm(connection, member, now=NOW)
        return member, person


async def with_authenticator(database: Database, person: Person) -> tuple[str, tuple[str, ...]]:
    """The secret of the authenticator that a person has set up a while ago, and the recovery codes."""
    secret, before = staff.new_totp_secret(), NOW - timedelta(hours=1)
    async with database.transaction() as connection:
        codes = await staff.set_authenticator(
            connection, KEYRING, person.person_id, secret, pyotp.TOTP(secret).at(before), now=before
        )
    return secret, codes


async def together(
    database: Database, count: int, work: Callable[[Connection], Awaitable[Result]]
) -> list[Result | LargesseError]:
    """What came of the same work in so many transactions at once."""
    gate = asyncio.Barrier(count)

    async def one() -> Result | LargesseError:
        try:
            async with database.transaction() as connection:
                await gate.wait()
                return await work(connection)
        except LargesseError as error:
            return error

    return await asyncio.gather(*(one() for _ in range(count)))


async def test_an_address_is_one_person_in_any_case(database: Database) -> None:
    ada = await a_person(database, "Ada@Bakery.example")
    async with database.transaction() as connection:
        assert await staff.person_of_email(connection, "ada@bakery.EXAMPLE") == ada
    with pytest.raises(LinkGone):
        await a_person(database, "ADA@bakery.example")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "two\nlines"])
async def test_a_name_that_cannot_stand_is_refused(database: Database, name: str) -> None:
    with pytest.raises(PersonInvalid) as refused:
        await a_person(database, name=name)
    assert [field.code for field in refused.value.fields] == ["staff.person.name"]
    with pytest.raises(PersonInvalid) as refused:
        await a_person(database, email="nowhere")
    assert [field.code for field in refused.value.fields] == ["email.invalid"]


async def test_a_code_of_the_authenticator_counts_once_also_when_it_comes_twice_at_once(database: Database) -> None:
    ada = await a_person(database)
    secret, _ = await with_authenticator(database, ada)
    code = pyotp.TOTP(secret).at(NOW)

    async def take(connection: Connection) -> Factor:
        return await staff.take_factor(connection, KEYRING, ada.person_id, code, now=NOW)

    outcomes = await together(database, 6, take)
    assert [one for one in outcomes if one is Factor.AUTHENTICATOR] == [Factor.AUTHENTICATOR]
    assert [type(one) for one in outcomes if one is not Factor.AUTHENTICATOR] == [FactorRefused] * 5
    async with database.transaction() as connection:
        earlier = pyotp.TOTP(secret).at(NOW - timedelta(seconds=30))
        with pytest.raises(FactorRefused) as refused:
            await staff.take_factor(connection, KEYRING, ada.person_id, earlier, now=NOW)
        assert refused.value.code == "staff.factor_refused"


async def test_the_code_that_set_an_authenticator_up_counts_no_second_time(database: Database) -> None:
    ada, secret = await a_person(database), staff.new_totp_secret()
    code = pyotp.TOTP(secret).at(NOW)
    async with database.transaction() as connection:
        await staff.set_authenticator(connection, KEYRING, ada.person_id, secret, code, now=NOW)
        with pytest.raises(FactorRefused):
            await staff.take_factor(connection, KEYRING, ada.person_id, code, now=NOW)


async def test_a_wrong_first_code_sets_up_nothing(database: Database) -> None:
    ada = await a_person(database)
    async with database.transaction() as connection:
        with pytest.raises(FactorRefused):
            await staff.set_authenticator(
                connection, KEYRING, ada.person_id, staff.new_totp_secret(), "000000x", now=NOW
            )
        assert (await staff.secrets_of(connection, ada.person_id)).totp is None


async def test_a_recovery_code_counts_once_and_new_ones_replace_all(database: Database) -> None:
    ada = await a_person(database)
    _, codes = await with_authenticator(database, ada)

    async def take(connection: Connection) -> Factor:
        return await staff.take_factor(connection, KEYRING, ada.person_id, codes[0].lower(), now=NOW)

    outcomes = await together(database, 6, take)
    assert sum(one is Factor.RECOVERY_CODE for one in outcomes) == 1
    async with database.transaction() as connection:
        assert await staff.recovery_codes_left(connection, ada.person_id) == 9
        fresh = await staff.renew_recovery_codes(connection, ada.person_id)
        with pytest.raises(FactorRefused):
            await staff.take_factor(connection, KEYRING, ada.person_id, codes[1], now=NOW)
        found = await staff.take_factor(connection, KEYRING, ada.person_id, fresh[1], now=NOW)
        assert found is Factor.RECOVERY_CODE


async def test_no_code_lets_in_who_has_set_up_nothing(database: Database) -> None:
    ada = await a_person(database)
    async with database.transaction() as connection:
        for code in ("000000", "7K2M-QXR4-19TD-0VEB", ""):
            with pytest.raises(FactorRefused):
                await staff.take_factor(connection, KEYRING, ada.person_id, code, now=NOW)


async def test_a_session_counts_from_the_second_factor_and_its_first_token_no_more(database: Database) -> None:
    ada = await a_person(database)
    async with database.transaction() as connection:
        session, first = await staff.begin_session(
            connection, ada.person_id, agent="Firefox\non Linux", address="192.0.2.1", now=NOW
        )
        assert session.agent == "Firefox on Linux"
        with pytest.raises(SignedOut) as refused:
            await staff.session_of_token(connection, first, address="192.0.2.1", now=NOW)
        assert refused.value.code == "staff.signed_out"
        found = await staff.session_of_token(connection, first, address="192.0.2.1", now=NOW, half_way=True)
        _, second = await staff.sign_in(connection, found, now=LATER)
        assert first != second
        signed_in = await staff.session_of_token(connection, second, address="192.0.2.1", now=LATER)
        assert signed_in.signed_in_at == LATER
        for half_way in (True, False):
            with pytest.raises(SignedOut):
                await staff.session_of_token(connection, first, address="", now=LATER, half_way=half_way)
        with pytest.raises(SignedOut):
            await staff.sign_in(connection, session, now=LATER)


async def test_a_step_up_changes_the_token_and_the_one_before_counts_half_a_minute(database: Database) -> None:
    merchant, ada = await a_merchant(database), await a_person(database)
    async with database.transaction() as connection:
        session, _ = await staff.begin_session(connection, ada.person_id, agent="", address="", now=NOW)
        session, old = await staff.sign_in(connection, session, now=NOW)
        stepped_up, new = await staff.step_up(connection, session, merchant.merchant_id, now=LATER)
        assert (stepped_up.confirmed_for, stepped_up.confirmed_at) == (merchant.merchant_id, LATER)
        for token, seconds in ((new, 0), (old, 29)):
            now = LATER + timedelta(seconds=seconds)
            found = await staff.session_of_token(connection, token, address="", now=now)
            assert found.confirmed_for == merchant.merchant_id
        with pytest.raises(SignedOut):
            await staff.session_of_token(connection, old, address="", now=LATER + timedelta(seconds=30))


async def test_a_session_is_seen_and_ended(database: Database) -> None:
    ada, bob = await a_person(database), await a_person(database, "bob@bakery.example")
    async with database.transaction() as connection:
        tokens = []
        for agent in ("telephone", "desk"):
            session, _ = await staff.begin_session(connection, ada.person_id, agent=agent, address="", now=NOW)
            tokens.append((await staff.sign_in(connection, session, now=NOW))[1])
        seen = await staff.session_of_token(connection, tokens[1], address="198.51.100.7", now=LATER)
        listed = await staff.sessions_of(connection, ada.person_id)
        assert [(one.agent, one.address, one.seen_at) for one in listed] == [
            ("desk", "198.51.100.7", LATER),
            ("telephone", "", NOW),
        ]
        assert not await staff.end_session(connection, bob.person_id, seen.session_id, LATER)
        await staff.end_sessions(connection, ada.person_id, LATER, but=seen.session_id)
        assert [one.agent for one in await staff.sessions_of(connection, ada.person_id)] == ["desk"]
        assert await staff.end_session(connection, ada.person_id, seen.session_id, LATER)
        for token in tokens:
            with pytest.raises(SignedOut):
                await staff.session_of_token(connection, token, address="", now=LATER)


async def test_sessions_that_nobody_used_for_long_are_deleted(database: Database) -> None:
    ada = await a_person(database)
    async with database.transaction() as connection:
        await staff.begin_session(connection, ada.person_id, agent="", address="", now=NOW)
        assert await staff.forget_sessions(connection, NOW, limit=10) == 0
        assert await staff.forget_sessions(connection, LATER, limit=10) == 1


async def test_a_link_is_spent_once_also_by_two_at_once_and_closes_the_others(database: Database) -> None:
    ada = await a_person(database)
    async with database.transaction() as connection:
        other = await staff.make_link(connection, ada.person_id, LinkPurpose.RESET, now=NOW)
        link = await staff.make_link(connection, ada.person_id, LinkPurpose.RESET, now=NOW)
        assert await staff.find_link(connection, link.link_id, LinkPurpose.RESET, now=LATER) == link
        with pytest.raises(LinkGone) as refused:
            await staff.find_link(connection, link.link_id, LinkPurpose.RECOVERY, now=LATER)
        assert refused.value.code == "staff.link_gone"
        with pytest.raises(LinkGone):
            await staff.find_link(connection, link.link_id, LinkPurpose.RESET, now=NOW + timedelta(minutes=15))

    async def spend(connection: Connection) -> None:
        await staff.spend_link(connection, link, now=LATER)

    outcomes = await together(database, 6, spend)
    assert sum(one is None for one in outcomes) == 1
    async with database.transaction() as connection:
        for one in (link, other):
            with pytest.raises(LinkGone):
                await staff.find_link(connection, one.link_id, LinkPurpose.RESET, now=LATER)


async def test_an_invitation_is_accepted_once_and_an_owner_waits_to_be_confirmed(database: Database) -> None:
    merchant = await a_merchant(database)
    waiting, ada = await a_member(database, merchant.merchant_id, "ada@bakery.example", confirmed=False)
    assert (waiting.state, waiting.agent) == (MembershipState.WAITING, "Firefox")
    async with database.transaction() as connection:
        live = await staff.confirm(connection, waiting, now=LATER)
        assert live.state is MembershipState.LIVE
        with pytest.raises(MembershipNotWaiting) as refused:
            await staff.confirm(connection, waiting, now=LATER)
        assert refused.value.code == "staff.membership.not_waiting"
        with pytest.raises(AlreadyMember) as taken:
            await staff.invite(
                connection, merchant.merchant_id, "ADA@bakery.example", Role.CLERK, language="en",
                invited_by=None, now=LATER,
            )  # fmt: skip
        assert taken.value.code == "staff.already_member"
        assert await staff.memberships_of_person(connection, ada.person_id) == [live]


async def test_one_invitation_to_an_address_is_open_at_a_time_and_it_ends(database: Database) -> None:
    merchant = await a_merchant(database)
    merchant_id = merchant.merchant_id
    async with database.transaction() as connection:
        _, last = [
            await staff.invite(
                connection, merchant_id, "ada@bakery.example", role, language="de", invited_by=None, now=NOW
            )
            for role in (Role.CLERK, Role.BOOKKEEPER)
        ]
        assert await staff.open_invitations(connection, merchant_id, NOW) == [last]
        late = NOW + timedelta(days=3)
        with pytest.raises(LinkGone):
            await staff.find_invitation(connection, merchant_id, last.invitation_id, now=late)
        assert await staff.find_invitation(connection, merchant_id, last.invitation_id, now=LATER) == last
        await staff.withdraw(connection, merchant_id, "Ada@bakery.example", now=LATER)
        with pytest.raises(InvitationUnknown) as refused:
            await staff.withdraw(connection, merchant_id, "ada@bakery.example", now=LATER)
        assert refused.value.code == "staff.invitation.unknown"
        with pytest.raises(LinkGone):
            await staff.find_invitation(connection, merchant_id, last.invitation_id, now=LATER)


async def test_two_who_accept_one_invitation_at_once_are_one_member(database: Database) -> None:
    merchant, ada = await a_merchant(database), await a_person(database)
    async with database.transaction() as connection:
        invitation = await staff.invite(
            connection, merchant.merchant_id, ada.email, Role.CLERK, language="en", invited_by=None, now=NOW
        )

    async def accept(connection: Connection) -> Membership:
        return await staff.join(connection, invitation, ada, agent="", address="", now=LATER)

    outcomes = await together(database, 6, accept)
    assert sum(isinstance(one, Membership) for one in outcomes) == 1
    assert {type(one) for one in outcomes} == {Membership, LinkGone}


async def test_the_last_owner_stays_also_when_both_leave_at_once(database: Database) -> None:
    merchant = await a_merchant(database)
    owners = [await a_member(database, merchant.merchant_id, f"owner{n}@bakery.example") for n in range(2)]
    await a_member(database, merchant.merchant_id, "waiting@bakery.example", confirmed=False)
    turn = iter(owners)

    async def leave(connection: Connection) -> None:
        await staff.end(connection, next(turn)[0], now=LATER)

    outcomes = await together(database, 2, leave)
    assert sorted(type(one).__name__ for one in outcomes) == ["LastOwner", "NoneType"]
    async with database.transaction() as connection:
        people = await staff.members(connection, merchant.merchant_id)
        [(left, _)] = [one for one in people if one[0].state is MembershipState.LIVE]
        with pytest.raises(LastOwner) as refused:
            await staff.change_role(connection, left, Role.MANAGER)
        assert refused.value.code == "staff.last_owner"
        assert (await staff.change_role(connection, left, Role.OWNER)).role is Role.OWNER


async def test_who_left_is_found_no_more_and_what_they_had_open_ends(database: Database) -> None:
    merchant = await a_merchant(database)
    merchant_id = merchant.merchant_id
    await a_member(database, merchant_id, "owner@bakery.example")
    member, bob = await a_member(database, merchant_id, "bob@bakery.example", Role.MANAGER)
    async with database.transaction() as connection:
        await staff.invite(
            connection, merchant_id, "new@bakery.example", Role.CLERK, language="en",
            invited_by=bob.person_id, now=NOW,
        )  # fmt: skip
        found, person = await staff.find_member(connection, merchant_id, "BOB@bakery.example")
        assert (found, person) == (member, bob)
        assert (await staff.find_member(connection, merchant_id, str(member.membership_id)))[0] == member
        await staff.end(connection, member, now=LATER)
        assert await staff.open_invitations(connection, merchant_id, LATER) == []
        with pytest.raises(MembershipUnknown) as refused:
            await staff.find_member(connection, merchant_id, "bob@bakery.example")
        assert refused.value.code == "staff.membership.unknown"
        for again in (staff.end(connection, member, now=LATER), staff.change_role(connection, member, Role.CLERK)):
            with pytest.raises(MembershipEnded) as ended:
                await again
            assert ended.value.code == "staff.membership.ended"
        assert await staff.membership_with(connection, merchant_id, bob.person_id) is None


async def test_a_merchant_sees_nobody_of_another(database: Database) -> None:
    one, other = await a_merchant(database), await a_merchant(database, slug="tailor", prefix="TL", number="1002")
    await a_member(database, one.merchant_id, "ada@bakery.example")
    async with database.transaction() as connection:
        assert await staff.members(connection, other.merchant_id) == []
        with pytest.raises(MembershipUnknown):
            await staff.find_member(connection, other.merchant_id, "ada@bakery.example")


async def test_secrets_of_authenticators_move_to_another_key(database: Database) -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    before, after = FixedKeyring([old]), FixedKeyring([new, old])
    ada, secret = await a_person(database), staff.new_totp_secret()
    owner = AuthenticatorSecrets()
    async with database.transaction() as connection:
        assert not await owner.holds_any(connection)
        code = pyotp.TOTP(secret).at(NOW)
        await staff.set_authenticator(connection, before, ada.person_id, secret, code, now=NOW)
        assert await owner.holds_any(connection)
        assert await owner.by_key(connection) == {before.current_key_id: 1}
        assert await owner.reseal(connection, after, after=None, limit=10) == (1, (ada.person_id,))
        assert await owner.reseal(connection, after, after=(ada.person_id,), limit=10) == (0, None)
        assert await owner.by_key(connection) == {after.current_key_id: 1}
        later = NOW + timedelta(minutes=2)
        code, alone = pyotp.TOTP(secret).at(later), FixedKeyring([new])
        assert await staff.take_factor(connection, alone, ada.person_id, code, now=later) is Factor.AUTHENTICATOR


async def test_the_audit_log_keeps_code_and_words_and_is_never_changed(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.transaction() as connection:
        await staff.record(
            connection, merchant.merchant_id, Audited.STAFF_ENDED, subject="x", actor="operator", now=NOW,
            reason="moved away", reason_code=AuditReason.LEFT,
        )  # fmt: skip
        [entry] = await staff.latest_entries(connection, merchant.merchant_id)
        assert (entry.reason, entry.reason_code) == ("moved away", AuditReason.LEFT)
        for minutes, operation in ((1, UUID(int=2**128 - 1)), (2, UUID(int=1)), (3, UUID(int=1))):
            written = await staff.record(
                connection, merchant.merchant_id, Audited.DELIVERIES_SENT_AGAIN, subject="x", actor="operator",
                reason=str(minutes), operation_id=operation, now=NOW + timedelta(minutes=minutes),
            )  # fmt: skip
            assert written is (minutes < 3), "an operation stands once"
        entries = await staff.entries_about(connection, merchant.merchant_id, "x")
        assert [one.reason for one in entries] == ["2", "1", "moved away"], "the newest first"
    for statement in ("UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        async with database.connection() as connection:
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(statement)
