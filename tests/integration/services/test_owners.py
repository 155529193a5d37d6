"""What is both owners': one asks, the other is mailed and decides; nothing changes until then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import approvals, invoices, locations, payment_accounts, payments, staff
from largesse.domain.approvals import (
    LimitedAct,
    OwnerAct,
    OwnerChange,
    OwnerRequest,
    RequestChanged,
    RequestDecided,
    RequestLapsed,
    RequestOwn,
    RequestState,
    RequestTooClose,
    RequestUnknown,
)
from largesse.domain.merchants import Merchant
from largesse.domain.payment_accounts import AccountFacts, NewAccount, PaymentAccountNotReady
from largesse.domain.payments import PaymentInstructions
from largesse.domain.staff import ActRefused, Role
from largesse.kernel.errors import InvalidInput
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import SecretUnreadable
from largesse.services import owners
from largesse.services import staff as people
from largesse.services.approvals import FOLDER as APPROVALS_FOLDER
from largesse.services.approvals import owner_sentence
from largesse.services.mails import FOLDER
from largesse.services.mails.staff_notes import note_of
from largesse.services.owners import OwnersAsking, ask_owner, give_word, withhold_word
from largesse.services.staff import StaffMailDue, StaffMailPurpose, is_to_staff, read_staff_mail
from largesse.ui import LANGUAGES, speak
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import OPERATOR, Worker, a_worker
from tests.fakes.clock import StillClock

LONG_AGO = NOW - timedelta(days=30)
SIGNING = "whsec_typed_by_the_first_owner"


class Shared(NamedTuple):
    """A merchant of two owners, with a clerk."""

    application: Application
    merchant: Merchant
    ada: Worker
    bea: Worker
    carl: Worker

    async def asks(self, change: OwnerChange, *, by: Worker | None = None, secret: str = "") -> OwnerRequest:
        """What waits when somebody asks."""
        asking = OwnersAsking(request_id=new_id(NOW), change=change, reason="Agreed on the phone", secret=secret)
        came = await ask_owner(self.application, self.merchant, asking, by=(by or self.ada).manager, now=NOW)
        assert came.waits is not None
        return came.waits

    async def role_of(self, worker: Worker) -> Role | None:
        """What somebody is just now."""
        async with self.application.database.connection() as connection:
            found = await staff.membership_with(connection, self.merchant.merchant_id, worker.person.person_id)
        return found.role if found else None

    async def request(self, request_id: UUID) -> OwnerRequest:
        """What was asked for, as it stands."""
        async with self.application.database.connection() as connection:
            return await approvals.find_owner_request(connection, self.merchant.merchant_id, request_id)

    async def mails(self) -> list[StaffMailDue]:
        """The mails that owners are asked with."""
        async with self.application.database.connection() as connection:
            rows = await connection.fetch("SELECT payload FROM events WHERE kind = 'mail.due' ORDER BY event_id")
        found = [read_staff_mail(row["payload"]) for row in rows if is_to_staff(row["payload"])]
        return [one for one in found if one.purpose is StaffMailPurpose.OWNER_ASKED]

    async def account(self) -> NewAccount:
        """A payment account without a signing secret."""
        account = NewAccount(
            merchant_id=self.merchant.merchant_id,
            account_id=new_id(NOW),
            gateway="stripe",
            label="Corner Spa",
            facts=AccountFacts(remote_id="acct_1", live=False, charges=True, name="Corner Spa"),
            secret_key="sk_test_of_owners",
            signing_secret=None,
        )
        async with self.application.transaction() as connection:
            await payment_accounts.add_account(connection, self.application.keyring, account, now=NOW)
        return account

    def promoted(self, role: Role = Role.MANAGER) -> OwnerChange:
        """That the clerk becomes something else."""
        return OwnerChange(
            act=OwnerAct.ROLE,
            subject=str(self.carl.membership.membership_id),
            name="Carl",
            to={"role": role.value},
        )


@pytest.fixture
async def shared(database: Database) -> AsyncIterator[Shared]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        ada = await a_worker(application, merchant, now=LONG_AGO)
        bea = await a_worker(application, merchant, email="bea@bakery.example", name="Bea", now=LONG_AGO)
        carl = await a_worker(
            application, merchant, email="carl@bakery.example", name="Carl", role=Role.CLERK, now=LONG_AGO
        )
        yield Shared(application, merchant, ada, bea, carl)


async def test_a_role_waits_for_the_other_owner_who_is_mailed_and_is_given_once_she_agrees(shared: Shared) -> None:
    waits = await shared.asks(shared.promoted())
    assert await shared.role_of(shared.carl) is Role.CLERK
    assert [(one.address, one.about) for one in await shared.mails()] == [("bea@bakery.example", "Ada")]
    with pytest.raises(RequestOwn):
        await give_word(shared.application, shared.merchant, waits.request_id, by=shared.ada.manager, now=NOW)
    with pytest.raises(ActRefused):
        await give_word(shared.application, shared.merchant, waits.request_id, by=shared.carl.manager, now=NOW)
    done = await give_word(shared.application, shared.merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert (done.state(NOW), done.outcome, done.by_one) == (RequestState.APPROVED, "done", False)
    assert await shared.role_of(shared.carl) is Role.MANAGER
    with pytest.raises(RequestDecided):
        await give_word(shared.application, shared.merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    async with shared.application.database.connection() as connection:
        entries = await staff.entries_about(
            connection, shared.merchant.merchant_id, str(shared.carl.membership.membership_id)
        )
    assert entries[0].actor == f"person:{shared.ada.person.person_id}", "who asked has done it"


async def test_the_same_form_asks_once_and_says_when_it_was_decided(shared: Shared) -> None:
    asking = OwnersAsking(request_id=new_id(NOW), change=shared.promoted(), reason="Agreed")
    for _ in range(2):
        came = await ask_owner(shared.application, shared.merchant, asking, by=shared.ada.manager, now=NOW)
        assert came.waits is not None
    assert len(await shared.mails()) == 1
    await withhold_word(shared.application, shared.merchant, asking.request_id, by=shared.bea.manager, now=NOW)
    with pytest.raises(RequestDecided):
        await ask_owner(shared.application, shared.merchant, asking, by=shared.ada.manager, now=NOW)
    assert await shared.role_of(shared.carl) is Role.CLERK


async def test_one_owner_and_the_operator_need_nobody(shared: Shared) -> None:
    async with shared.application.transaction() as connection:
        await people.end_membership(
            connection, shared.merchant, shared.bea.membership, by=OPERATOR, reason=None,
            code=staff.AuditReason.LEFT, now=NOW,
        )  # fmt: skip
    for by, role in ((shared.ada.manager, Role.MANAGER), (OPERATOR, Role.BOOKKEEPER)):
        asking = OwnersAsking(request_id=new_id(NOW), change=shared.promoted(role), reason="Agreed")
        assert (await ask_owner(shared.application, shared.merchant, asking, by=by, now=NOW)).waits is None
        assert await shared.role_of(shared.carl) is role


async def test_what_changed_meanwhile_is_refused_and_has_to_be_asked_for_anew(shared: Shared) -> None:
    waits = await shared.asks(shared.promoted())
    async with shared.application.transaction() as connection:
        await people.change_role(
            connection, shared.merchant, shared.carl.membership, Role.DEVELOPER, by=OPERATOR, now=NOW
        )
    with pytest.raises(RequestChanged):
        await give_word(shared.application, shared.merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert (await shared.request(waits.request_id)).state(NOW) is RequestState.CHANGED
    assert await shared.role_of(shared.carl) is Role.DEVELOPER


async def test_it_lapses_after_seven_days_and_with_whoever_asked(shared: Shared) -> None:
    application, merchant = shared.application, shared.merchant
    late = NOW + timedelta(days=7)
    waits = await shared.asks(shared.promoted())
    with pytest.raises(RequestLapsed):
        await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=late)
    other = await shared.asks(shared.promoted(Role.BOOKKEEPER), by=shared.bea)
    async with application.transaction() as connection:
        await people.change_role(connection, merchant, shared.bea.membership, Role.MANAGER, by=OPERATOR, now=NOW)
    with pytest.raises(RequestLapsed):
        await give_word(application, merchant, other.request_id, by=shared.ada.manager, now=NOW)
    with pytest.raises(RequestUnknown):
        await give_word(application, merchant, new_id(NOW), by=shared.ada.manager, now=NOW)


async def test_an_owner_whom_the_asker_invited_lately_is_no_other_owner(shared: Shared) -> None:
    friend = await a_worker(
        shared.application, shared.merchant, email="friend@bakery.example", name="Friend", by=shared.ada.manager
    )
    waits = await shared.asks(shared.promoted())
    with pytest.raises(RequestTooClose):
        await give_word(shared.application, shared.merchant, waits.request_id, by=friend.manager, now=NOW)


async def test_who_is_left_alone_confirms_after_a_day_and_the_row_says_so(shared: Shared) -> None:
    application, merchant = shared.application, shared.merchant
    waits = await shared.asks(shared.promoted())
    async with application.transaction() as connection:
        await people.end_membership(
            connection, merchant, shared.bea.membership, by=OPERATOR, reason=None,
            code=staff.AuditReason.LEFT, now=NOW,
        )  # fmt: skip
    with pytest.raises(RequestOwn):
        await give_word(application, merchant, waits.request_id, by=shared.ada.manager, now=NOW)
    done = await give_word(
        application, merchant, waits.request_id, by=shared.ada.manager, now=NOW + timedelta(hours=24)
    )
    assert (done.by_one, await shared.role_of(shared.carl)) == (True, Role.MANAGER)


async def test_an_owner_is_not_let_go_by_another_one_alone(shared: Shared) -> None:
    change = OwnerChange(act=OwnerAct.END, subject=str(shared.bea.membership.membership_id), name="Bea")
    waits = await shared.asks(change)
    assert await shared.role_of(shared.bea) is Role.OWNER
    await give_word(shared.application, shared.merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert await shared.role_of(shared.bea) is None


async def test_a_limit_counts_once_two_owners_want_it_and_two_words_at_once_are_one(shared: Shared) -> None:
    third = await a_worker(shared.application, shared.merchant, email="cleo@bakery.example", name="Cleo", now=LONG_AGO)
    limit = approvals.ActLimit(merchant_id=shared.merchant.merchant_id, act=LimitedAct.REFUND, per_act=5_000)
    change = OwnerChange(act=OwnerAct.LIMIT, subject="refund", name="refund", to=owners.limit_said(limit))
    waits = await shared.asks(change)
    words = [
        give_word(shared.application, shared.merchant, waits.request_id, by=one.manager, now=NOW)
        for one in (shared.bea, third)
    ]
    came = await asyncio.gather(*words, return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["OwnerRequest", "RequestDecided"]
    async with shared.application.database.connection() as connection:
        limits = await approvals.act_limits(connection, shared.merchant.merchant_id)
    assert limits[LimitedAct.REFUND] == limit


async def test_a_typed_secret_waits_sealed_and_is_forgotten_once_it_is_used_or_refused(shared: Shared) -> None:
    application, merchant = shared.application, shared.merchant
    account = await shared.account()
    change = OwnerChange(act=OwnerAct.ACCOUNT_SIGNING, subject=str(account.account_id), name="Corner Spa")
    refused = await shared.asks(change, secret=SIGNING)
    assert refused.secret is not None
    assert SIGNING.encode() not in refused.secret.cipher
    await withhold_word(application, merchant, refused.request_id, by=shared.bea.manager, now=NOW)
    assert (await shared.request(refused.request_id)).secret is None
    waits = await shared.asks(change, secret=SIGNING)
    assert SIGNING not in repr(waits)
    await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert (await shared.request(waits.request_id)).secret is None
    async with application.database.connection() as connection:
        found = await payment_accounts.find_account(connection, merchant.merchant_id, account.account_id)
    assert payment_accounts.open_keys(application.keyring, found, now=NOW).signing_secrets == (SIGNING,)


async def test_a_typed_secret_is_forgotten_with_the_request_that_nobody_decided(shared: Shared) -> None:
    application, account = shared.application, await shared.account()
    change = OwnerChange(act=OwnerAct.ACCOUNT_SIGNING, subject=str(account.account_id), name="Corner Spa")
    waits = await shared.asks(change, secret=SIGNING)
    assert await owners.forget_lapsed(application, now=NOW) == 0
    assert (await shared.request(waits.request_id)).secret is not None
    assert await owners.forget_lapsed(application, now=NOW + approvals.WAITS_FOR) == 1
    assert (await shared.request(waits.request_id)).secret is None


async def test_a_secret_that_cannot_be_opened_any_more_ends_its_request_and_says_so(shared: Shared) -> None:
    application, merchant = shared.application, shared.merchant
    account = await shared.account()
    change = OwnerChange(act=OwnerAct.ACCOUNT_SIGNING, subject=str(account.account_id), name="Corner Spa")
    waits = await shared.asks(change, secret=SIGNING)
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE owner_requests SET secret_cipher = decode('00', 'hex')")
    with pytest.raises(SecretUnreadable):
        await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    ended = await shared.request(waits.request_id)
    assert (ended.outcome, ended.secret) == (SecretUnreadable.code, None)
    with pytest.raises(RequestDecided):
        await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=NOW)


async def test_what_an_account_refuses_is_kept_with_the_request(shared: Shared) -> None:
    application, merchant = shared.application, shared.merchant
    account = await shared.account()
    waits = await shared.asks(OwnerChange(act=OwnerAct.ACCOUNT_DEFAULT, subject=str(account.account_id)))
    with pytest.raises(PaymentAccountNotReady):
        await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert (await shared.request(waits.request_id)).outcome == PaymentAccountNotReady.code
    retire = await shared.asks(OwnerChange(act=OwnerAct.ACCOUNT_RETIRE, subject=str(account.account_id)))
    await give_word(application, merchant, retire.request_id, by=shared.bea.manager, now=NOW)
    async with application.database.connection() as connection:
        found = await payment_accounts.find_account(connection, merchant.merchant_id, account.account_id)
    assert found.retired_at is not None


IBAN, OTHER = "DE89370400440532013000", "AT611904300234573201"


class Told(NamedTuple):
    """An account that people are told to pay into, asked to be another one, and what they are told."""

    change: OwnerChange
    wrong: OwnerChange
    tells: Callable[[], Awaitable[str]]


async def invoices_name(shared: Shared) -> Told:
    """What invoices of the legal entity ask to be paid into."""
    async with shared.application.database.connection() as connection:
        entity = await locations.default_entity(connection, shared.merchant.merchant_id)

    async def tells() -> str:
        async with shared.application.database.connection() as connection:
            found = await invoices.settings_of(connection, shared.merchant.merchant_id, entity.entity_id)
        return found.iban

    to = {"iban": "DE89 3704 0044 0532 0130 00", "bic": "", "account_holder": "Ada"}
    change = OwnerChange(act=OwnerAct.INVOICE_ACCOUNT, subject=str(entity.entity_id), name=entity.name, to=to)
    return Told(change, replace(change, to={**to, "iban": "DE89 3704 0044 0532 0130 01"}), tells)


async def buyers_read(shared: Shared) -> Told:
    """What buyers read who pay by hand."""
    currency = shared.merchant.currency

    async def tells() -> str:
        async with shared.application.database.connection() as connection:
            found = await payments.instructions_of(connection, shared.merchant.merchant_id, currency)
        return found.iban if found else ""

    wanted = PaymentInstructions(currency=currency, holder="Ada", iban="de89 3704 0044 0532 0130 00")
    change = OwnerChange(act=OwnerAct.PAID_BY_HAND, subject=currency, name=currency, to=owners.by_hand_said(wanted))
    return Told(change, replace(change, to=owners.by_hand_said(replace(wanted, holder=""))), tells)


@pytest.fixture(params=[invoices_name, buyers_read])
async def told(shared: Shared, request: pytest.FixtureRequest) -> Told:
    found: Told = await request.param(shared)
    async with shared.application.transaction() as connection:
        await connection.execute("DELETE FROM payment_instructions")
    return found


async def test_an_account_that_people_are_told_to_pay_into_takes_another_owner(shared: Shared, told: Told) -> None:
    application, merchant = shared.application, shared.merchant
    with pytest.raises(InvalidInput):
        await shared.asks(told.wrong)
    refused = await shared.asks(told.change)
    assert (len(await shared.mails()), await told.tells()) == (1, "")
    await withhold_word(application, merchant, refused.request_id, by=shared.bea.manager, now=NOW)
    lapses, waits = await shared.asks(told.change), await shared.asks(told.change)
    with pytest.raises(RequestOwn):
        await give_word(application, merchant, waits.request_id, by=shared.ada.manager, now=NOW)
    with pytest.raises(RequestLapsed):
        await give_word(application, merchant, lapses.request_id, by=shared.bea.manager, now=NOW + approvals.WAITS_FOR)
    assert await told.tells() == ""
    done = await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert (done.outcome, await told.tells()) == ("done", IBAN)
    with pytest.raises(RequestDecided):
        await give_word(application, merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    with pytest.raises(RequestChanged):  # what was asked for twice is agreed to once
        await give_word(application, merchant, lapses.request_id, by=shared.bea.manager, now=NOW)
    assert await told.tells() == IBAN


async def test_who_agrees_reads_the_account_and_the_one_before_in_every_language(shared: Shared, told: Told) -> None:
    merchant = shared.merchant
    first = await shared.asks(told.change)
    await give_word(shared.application, merchant, first.request_id, by=shared.bea.manager, now=NOW)
    other = replace(told.change, to={**told.change.to, "iban": OTHER})
    second = await shared.asks(other, by=shared.bea)
    for language in LANGUAGES:
        voice = speak(language, folders=(APPROVALS_FOLDER / "locale",))
        assert "DE89 3704 0044 0532 0130 00" in owner_sentence(first.change, merchant, {}, voice)
        said = owner_sentence(second.change, merchant, {}, voice)
        assert said.index("AT61 1904 3002 3457 3201") < said.index("DE89 3704 0044 0532 0130 00"), said


async def test_one_owner_tells_another_account_at_once(shared: Shared, told: Told) -> None:
    async with shared.application.transaction() as connection:
        await people.change_role(connection, shared.merchant, shared.bea.membership, Role.MANAGER, by=OPERATOR, now=NOW)
    asking = OwnersAsking(request_id=new_id(NOW), change=told.change, reason="Another bank")
    came = await ask_owner(shared.application, shared.merchant, asking, by=shared.ada.manager, now=NOW)
    assert (came.waits, await told.tells()) == (None, IBAN)
    async with shared.application.database.connection() as connection:
        entries = await staff.latest_entries(connection, shared.merchant.merchant_id, limit=20)
    assert any("Another bank" in (one.reason or "") for one in entries)


async def test_buyers_are_offered_to_pay_by_hand_no_more_once_two_owners_want_it(shared: Shared) -> None:
    told = await buyers_read(shared)
    async with shared.application.transaction() as connection:
        wanted = PaymentInstructions(currency=shared.merchant.currency, holder="Ada", iban=IBAN)
        await payments.write_instructions(connection, shared.merchant.merchant_id, wanted, now=NOW)
    waits = await shared.asks(replace(told.change, to={}))
    assert "that nobody is offered to" in owner_sentence(waits.change, shared.merchant, {}, speak("en"))
    assert await told.tells() == IBAN
    await give_word(shared.application, shared.merchant, waits.request_id, by=shared.bea.manager, now=NOW)
    assert await told.tells() == ""


async def test_the_mail_names_who_asks_in_every_language_and_not_for_what(shared: Shared) -> None:
    await shared.asks(shared.promoted())
    [due] = await shared.mails()
    for language in LANGUAGES:
        note = note_of(due, shared.merchant.name, speak(language, folders=(FOLDER / "locale",)))
        assert "Ada" in note.subject
        assert "Carl" not in " ".join((note.subject, *note.sentences, note.why))
