"""Invite, accept, sign in, replace, recover, leave: as one does it, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import (
    Act,
    ActRefused,
    Audited,
    AuditReason,
    ClosedAfterRecovery,
    FactorRefused,
    InvitationUnknown,
    LastOwner,
    LinkGone,
    LinkPurpose,
    MembershipState,
    MembershipUnknown,
    PasswordUnfit,
    PersonInvalid,
    PersonUnknown,
    Role,
    SignedOut,
    SignInFirst,
    SignInRefused,
    StepUpNeeded,
    demand,
)
from largesse.kernel.errors import LargesseError
from largesse.services import staff as services
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.gifts import a_relay
from tests.builders.staff import (
    BROWSER,
    OPERATOR,
    PASSWORD,
    Worker,
    a_worker,
    invitation_token,
    sign_in_of,
    signed_in,
)
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender

LATER = NOW + timedelta(minutes=3)
ANOTHER = "marmot-quay-19-lantern"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def ada(application: Application, merchant: Merchant) -> Worker:
    """An owner."""
    return await a_worker(application, merchant)


async def entries(application: Application, merchant: Merchant) -> list[tuple[str, str, str | None]]:
    """What the audit log says, the oldest first."""
    async with application.database.connection() as connection:
        found = await staff.latest_entries(connection, merchant.merchant_id)
    return [(one.actor, one.action.value, one.reason) for one in reversed(found)]


async def mails(application: Application) -> list[str]:
    """What is mailed by then, as it leaves."""
    sender = KeepingSender()
    await a_relay(application, sender).run_once(LATER)
    return [f"{one.url}\n{one.body.decode()}" for one in sender.parcels]


async def reset_token(application: Application) -> str:
    """What stands in the link of the last mail for another password."""
    await services.send_resets(application, now=NOW)
    [mail] = [one for one in await mails(application) if "/staff/new-password" in one]
    return mail.replace("=\r\n", "").replace("=3D", "=").partition("token=")[2].split()[0]


async def test_somebody_accepts_an_invitation_and_is_signed_in_at_once(
    application: Application, merchant: Merchant
) -> None:
    bob = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
    assert bob.membership.state is MembershipState.LIVE
    assert len(bob.recovery_codes) == 10
    async with application.database.connection() as connection:
        now = NOW - timedelta(days=2)
        session = await staff.session_of_token(connection, bob.token, address="", now=now)
        assert session.person_id == bob.person.person_id
    assert sorted(await entries(application, merchant)) == [
        ("cli:tester", "staff.invited", "clerk"),
        (f"person:{bob.person.person_id}", "staff.joined", "clerk"),
    ]


async def test_an_owner_counts_once_the_inviter_has_confirmed_them(
    application: Application, merchant: Merchant, ada: Worker
) -> None:
    invitation = await services.invite(
        application, merchant, "bob@bakery.example", Role.MANAGER, by=ada.manager, now=NOW
    )
    token, secret = invitation_token(application, merchant, invitation), staff.new_totp_secret()
    wanted = sign_in_of(application, token, secret, name="Bob", now=NOW)
    accepted = await services.accept_with_new_sign_in(application, token, wanted, BROWSER, now=NOW)
    assert accepted.membership.state is MembershipState.WAITING
    async with application.database.transaction() as connection:
        session = await staff.session_of_token(connection, accepted.token, address="", now=NOW)
        with pytest.raises(MembershipUnknown):
            await services.authority_of(connection, session, merchant.merchant_id, recovered_at=None)
        bob = Manager(actor="bob", person_id=accepted.person.person_id, role=Role.OWNER)
        with pytest.raises(ActRefused):
            await services.confirm(connection, merchant, accepted.membership, by=bob, now=NOW)
        await services.confirm(connection, merchant, accepted.membership, by=ada.manager, now=NOW)
        membership, _ = await services.authority_of(connection, session, merchant.merchant_id, recovered_at=None)
        assert membership.role is Role.MANAGER
    sent = await mails(application)
    assert any("Bob accepted your invitation" in one and one.startswith("mailto:ada@") for one in sent)


@pytest.mark.parametrize(
    "change, error",
    [
        ({"password": "password1234"}, PasswordUnfit),
        ({"name": " "}, PersonInvalid),
        ({"code": "000000"}, FactorRefused),
        ({"offer": "none.of.ours"}, LinkGone),
    ],
)
async def test_what_is_wrong_in_accepting_leaves_nothing_behind(
    application: Application, merchant: Merchant, change: dict[str, str], error: type[LargesseError]
) -> None:
    invitation = await services.invite(application, merchant, "bob@bakery.example", Role.CLERK, by=OPERATOR, now=NOW)
    token, secret = invitation_token(application, merchant, invitation), staff.new_totp_secret()
    good = sign_in_of(application, token, secret, name="Bob", now=NOW)
    facts = {name: getattr(good, name) for name in good.__struct_fields__}
    with pytest.raises(error):
        await services.accept_with_new_sign_in(
            application, token, services.NewSignIn(**facts | change), BROWSER, now=NOW
        )
    async with application.database.connection() as connection:
        assert await staff.person_of_email(connection, "bob@bakery.example") is None
        assert await staff.open_invitations(connection, merchant.merchant_id, NOW) == [invitation]
    await services.accept_with_new_sign_in(application, token, good, BROWSER, now=NOW)
    with pytest.raises(LinkGone):
        await services.look_at_invitation(application, token, now=NOW)


async def test_an_invitation_to_a_known_address_sets_nothing_and_needs_a_session_of_that_person(
    application: Application, merchant: Merchant, ada: Worker
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    carl = await a_worker(application, merchant, email="carl@bakery.example", role=Role.CLERK)
    invitation = await services.invite(application, other, "ADA@bakery.example", Role.CLERK, by=OPERATOR, now=NOW)
    token, secret = invitation_token(application, other, invitation), staff.new_totp_secret()
    assert (await services.look_at_invitation(application, token, now=NOW)).is_known
    wanted = sign_in_of(application, token, secret, name="Thief", now=NOW)
    with pytest.raises(SignInFirst) as refused:
        await services.accept_with_new_sign_in(application, token, wanted, BROWSER, now=NOW)
    assert refused.value.code == "staff.sign_in_first"
    session = (await signed_in(application, carl)).session
    with pytest.raises(LinkGone):
        await services.accept_signed_in(application, token, session, BROWSER, now=NOW)
    session = (await signed_in(application, ada)).session
    accepted = await services.accept_signed_in(application, token, session, BROWSER, now=NOW)
    assert (accepted.person.name, accepted.recovery_codes, accepted.token) == ("Ada", (), "")


async def test_who_may_invite_whom(application: Application, merchant: Merchant, ada: Worker) -> None:
    bob = await a_worker(application, merchant, email="bob@bakery.example", role=Role.MANAGER)
    await services.invite(application, merchant, "c@bakery.example", Role.CLERK, by=bob.manager, now=NOW)
    for role in set(Role) - {Role.CLERK}:
        with pytest.raises(ActRefused) as refused:
            await services.invite(application, merchant, "d@bakery.example", role, by=bob.manager, now=NOW)
        assert refused.value.act == f"staff.change.{role.value}"
    await services.invite(application, merchant, "e@bakery.example", Role.OWNER, by=ada.manager, now=NOW)
    with pytest.raises(ActRefused):
        await services.withdraw(application, merchant, "e@bakery.example", by=bob.manager, now=NOW)
    await services.withdraw(application, merchant, "C@bakery.example", by=bob.manager, now=NOW)
    with pytest.raises(InvitationUnknown):
        await services.withdraw(application, merchant, "c@bakery.example", by=bob.manager, now=NOW)


async def test_the_link_stands_in_the_mail_and_nowhere_else(application: Application, merchant: Merchant) -> None:
    invitation = await services.invite(
        application, merchant, "bob@bakery.example", Role.CLERK, by=OPERATOR, language="de", now=NOW
    )
    token = invitation_token(application, merchant, invitation)
    [mail] = await mails(application)
    plain = mail.replace("=\r\n", "").replace("=3D", "=")
    assert f"https://gifts.example.com/staff/invitation?token={token}" in plain
    assert "Ihre Einladung zu Corner Spa" in plain.replace("=C3=BC", "ü")
    async with application.database.connection() as connection:
        for table in ("events", "attempts", "deliveries", "invitations", "audit_log"):
            rows = await connection.fetch(f"SELECT t::text AS row FROM {table} AS t")
            signature = token.partition(".")[2]
            assert not any(signature in row["row"] for row in rows), table


async def test_a_withdrawn_invitation_is_not_mailed(application: Application, merchant: Merchant) -> None:
    await services.invite(application, merchant, "bob@bakery.example", Role.CLERK, by=OPERATOR, now=NOW)
    await services.withdraw(application, merchant, "bob@bakery.example", by=OPERATOR, now=NOW)
    assert await mails(application) == []


async def test_signing_in_takes_a_password_and_then_a_code(application: Application, ada: Worker) -> None:
    begun = await services.begin(application, " ADA@bakery.example ", PASSWORD, BROWSER, now=NOW)
    async with application.database.connection() as connection:
        with pytest.raises(SignedOut):
            await staff.session_of_token(connection, begun.token, address="", now=NOW)
    with pytest.raises(FactorRefused):
        await services.finish(application, begun.session, "000000", now=NOW)
    done = await services.finish(application, begun.session, ada.code(NOW), now=NOW)
    assert done.token != begun.token
    async with application.database.connection() as connection:
        assert (await staff.session_of_token(connection, done.token, address="", now=NOW)).counts(NOW)
        assert (await services.person_of(connection, done.session)).name == "Ada"


@pytest.mark.parametrize(
    "email, password",
    [("ada@bakery.example", ANOTHER), ("nobody@bakery.example", PASSWORD), ("", ""), ("\x00", "\x00")],
)
async def test_a_wrong_address_and_a_wrong_password_are_refused_alike(
    application: Application, ada: Worker, email: str, password: str
) -> None:
    assert ada.person.email == "ada@bakery.example"
    with pytest.raises(SignInRefused) as refused:
        await services.begin(application, email, password, BROWSER, now=NOW)
    assert (refused.value.code, str(refused.value)) == ("staff.sign_in_refused", SignInRefused.message)


async def test_another_browser_is_told_of_by_mail_and_a_known_one_is_not(application: Application, ada: Worker) -> None:
    await signed_in(application, ada)
    strange = services.Browser(agent="Strange browser", address="203.0.113.9")
    begun = await services.begin(application, ada.person.email, PASSWORD, strange, now=LATER)
    await services.finish(application, begun.session, ada.code(LATER), now=LATER)
    told = [one for one in await mails(application) if "another browser" in one]
    assert len(told) == 1
    assert "Strange browser" in told[0]


async def test_a_step_up_is_by_password_or_code_and_for_one_merchant(
    application: Application, merchant: Merchant, ada: Worker
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    session = (await signed_in(application, ada)).session
    for wrong in ({"password": ANOTHER}, {"code": ada.code(NOW)}, {}):
        with pytest.raises(FactorRefused):
            await services.step_up(application, session, merchant.merchant_id, now=LATER, **wrong)
    for right in ({"password": PASSWORD}, {"code": ada.code(LATER)}, {"code": ada.recovery_codes[0]}):
        stepped = await services.step_up(application, session, merchant.merchant_id, now=LATER, **right)
        demand(stepped.session.authority(merchant.merchant_id, Role.OWNER, recovered_at=None), Act.LIMITS, now=LATER)
        with pytest.raises(StepUpNeeded):
            demand(stepped.session.authority(other.merchant_id, Role.OWNER, recovered_at=None), Act.LIMITS, now=LATER)


async def test_a_merchant_that_somebody_does_not_work_for_is_unknown_to_them(
    application: Application, ada: Worker
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    session = (await signed_in(application, ada)).session
    async with application.database.connection() as connection:
        with pytest.raises(MembershipUnknown):
            await services.authority_of(connection, session, other.merchant_id, recovered_at=None)


async def test_a_reset_replaces_the_password_alone_and_ends_every_session(
    application: Application, ada: Worker
) -> None:
    session = await signed_in(application, ada)
    await services.ask_for_reset(application, "ada@BAKERY.example", now=NOW)
    token = await reset_token(application)
    with pytest.raises(PasswordUnfit):
        await services.reset_password(application, token, "password1234", ada.code(LATER), now=LATER)
    for wrong in ("", "000000", ada.code(NOW)):
        with pytest.raises(FactorRefused):
            await services.reset_password(application, token, ANOTHER, wrong, now=LATER)
    await services.reset_password(application, token, ANOTHER, ada.code(LATER), now=LATER)
    with pytest.raises(LinkGone):
        await services.reset_password(application, token, PASSWORD, ada.recovery_codes[0], now=LATER)
    with pytest.raises(SignInRefused):
        await services.begin(application, ada.person.email, PASSWORD, BROWSER, now=LATER)
    await services.begin(application, ada.person.email, ANOTHER, BROWSER, now=LATER)
    async with application.database.connection() as connection:
        with pytest.raises(SignedOut):
            await staff.session_of_token(connection, session.token, address="", now=LATER)
        left = await staff.recovery_codes_left(connection, ada.person.person_id)
    assert left == 10
    assert any("Your password was replaced" in one for one in await mails(application))


async def test_two_resets_by_one_link_at_once_are_one(application: Application, ada: Worker) -> None:
    await services.ask_for_reset(application, ada.person.email, now=NOW)
    token = await reset_token(application)

    async def reset(number: int) -> object:
        try:
            code = ada.recovery_codes[number]
            return await services.reset_password(application, token, f"{ANOTHER}{number}", code, now=LATER)
        except LinkGone as error:
            return error

    outcomes = await asyncio.gather(*(reset(number) for number in range(4)))
    assert sum(not isinstance(one, LinkGone) for one in outcomes) == 1
    async with application.database.connection() as connection:
        assert await staff.recovery_codes_left(connection, ada.person.person_id) == 9


async def test_asking_for_a_reset_writes_the_same_whoever_it_is_for(application: Application, ada: Worker) -> None:
    assert ada.person.email == "ada@bakery.example"
    await mails(application)
    for email in ("ada@bakery.example", "nobody@bakery.example"):
        await services.ask_for_reset(application, email, now=NOW)
    with pytest.raises(PersonInvalid):
        await services.ask_for_reset(application, "no address", now=NOW)
    assert await services.send_resets(application, now=NOW) == 2
    assert await services.send_resets(application, now=NOW) == 0
    assert [one.partition("\n")[0] for one in await mails(application)] == ["mailto:ada@bakery.example"]


async def test_a_request_that_waited_too_long_is_not_answered(application: Application, ada: Worker) -> None:
    await mails(application)
    await services.ask_for_reset(application, ada.person.email, now=NOW - timedelta(minutes=15))
    assert await services.send_resets(application, now=NOW) == 1
    assert await mails(application) == []


async def test_the_operator_lets_somebody_in_again_audited_told_and_closed_for_a_day(
    application: Application, merchant: Merchant, ada: Worker
) -> None:
    bob = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.OWNER)
    session = await signed_in(application, bob)
    await mails(application)
    with pytest.raises(PersonUnknown) as refused:
        await services.recover(
            application, "x@bakery.example", actor="cli:op", reason="lost", code=AuditReason.LOST, now=NOW
        )
    assert refused.value.code == "staff.person.unknown"
    address = await services.recover(
        application, "bob@bakery.example", actor="cli:op", reason="lost his telephone", code=AuditReason.LOST, now=NOW
    )
    told = await mails(application)
    assert sorted(one.partition("\n")[0] for one in told) == [
        "mailto:ada@bakery.example",
        "mailto:bob@bakery.example",
    ]
    assert ("cli:op", "staff.recovered", "lost his telephone") in await entries(application, merchant)
    token, secret = address.partition("token=")[2], staff.new_totp_secret()
    wanted = sign_in_of(application, token, secret, name="", now=LATER)
    with pytest.raises(LinkGone):
        await services.open_link(application, token, LinkPurpose.RESET, now=LATER)
    with pytest.raises(FactorRefused):
        await services.set_up_anew(application, token, ANOTHER, wanted.offer, "000000", now=LATER)
    codes = await services.set_up_anew(application, token, ANOTHER, wanted.offer, wanted.code, now=LATER)
    assert not set(codes) & set(bob.recovery_codes)
    with pytest.raises(LinkGone):
        await services.set_up_anew(application, token, ANOTHER, wanted.offer, wanted.code, now=LATER)
    async with application.database.connection() as connection:
        with pytest.raises(SignedOut):
            await staff.session_of_token(connection, session.token, address="", now=LATER)
        person = await services.person_of(connection, session.session)
    assert person.recovered_at == LATER
    authority = session.session.authority(merchant.merchant_id, Role.OWNER, recovered_at=person.recovered_at)
    with pytest.raises(ClosedAfterRecovery):
        demand(authority, Act.PAYMENT_ACCOUNTS, now=LATER)
    assert ada.person.email == "ada@bakery.example"


async def test_the_password_is_changed_by_who_knows_the_one_before(application: Application, ada: Worker) -> None:
    other, mine = await signed_in(application, ada), await signed_in(application, ada, now=LATER)
    with pytest.raises(FactorRefused):
        await services.change_password(application, mine.session, ANOTHER, ANOTHER, now=LATER)
    await services.change_password(application, mine.session, PASSWORD, ANOTHER, now=LATER)
    async with application.database.connection() as connection:
        found = await staff.session_of_token(connection, mine.token, address="", now=LATER)
        assert found.session_id == mine.session.session_id
        with pytest.raises(SignedOut):
            await staff.session_of_token(connection, other.token, address="", now=LATER)


async def test_roles_change_and_people_leave_audited_with_code_and_words(
    application: Application, merchant: Merchant, ada: Worker
) -> None:
    bob = await a_worker(application, merchant, email="bob@bakery.example", role=Role.CLERK)
    session = await signed_in(application, bob)
    later = NOW + timedelta(seconds=1)
    async with application.database.transaction() as connection:
        changed = await services.change_role(
            connection, merchant, bob.membership, Role.BOOKKEEPER, by=ada.manager, reason="month's end", now=NOW
        )
        with pytest.raises(ActRefused):
            await services.change_role(
                connection, merchant, ada.membership, Role.CLERK, by=bob.manager, reason="x", now=NOW
            )
        await services.end_membership(
            connection, merchant, changed, by=ada.manager, reason="moved away", code=AuditReason.LEFT, now=later
        )
        with pytest.raises(SignedOut):
            await staff.session_of_token(connection, session.token, address="", now=NOW)
        entry, *_ = await staff.entries_about(connection, merchant.merchant_id, str(changed.membership_id))
        assert (entry.action, entry.reason, entry.reason_code) == (
            Audited.STAFF_ENDED, "moved away", AuditReason.LEFT,
        )  # fmt: skip
        with pytest.raises(LastOwner):
            await services.end_membership(
                connection, merchant, ada.membership, by=ada.manager, reason="x", code=AuditReason.LEFT, now=NOW
            )


async def test_who_works_for_another_too_stays_signed_in_there(application: Application, merchant: Merchant) -> None:
    await a_worker(application, merchant)
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    bob = await a_worker(application, merchant, email="bob@bakery.example", role=Role.CLERK)
    session = await signed_in(application, bob)
    invitation = await services.invite(application, other, bob.person.email, Role.CLERK, by=OPERATOR, now=NOW)
    token = invitation_token(application, other, invitation)
    await services.accept_signed_in(application, token, session.session, BROWSER, now=NOW)
    async with application.database.transaction() as connection:
        await services.end_membership(
            connection, merchant, bob.membership, by=bob.manager, reason=None, code=AuditReason.LEFT, now=NOW
        )
        found = await staff.session_of_token(connection, session.token, address="", now=NOW)
        with pytest.raises(MembershipUnknown):
            await services.authority_of(connection, found, merchant.merchant_id, recovered_at=None)
        await services.authority_of(connection, found, other.merchant_id, recovered_at=None)


async def test_sessions_of_long_ago_are_forgotten(application: Application, ada: Worker) -> None:
    await signed_in(application, ada)
    assert await services.forget_sessions(application, now=NOW + timedelta(days=89)) == 1
    assert await services.forget_sessions(application, now=NOW + timedelta(days=91)) == 1
