"""Keys of merchants' own programs: who makes which, what they open, how they are rotated and end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import merchants
from largesse.domain.merchants import Merchant, MerchantUnknown, find_merchant, sandbox_of
from largesse.domain.programs import (
    GUARDED,
    KEYS_MAX,
    KeyScope,
    KeyWanted,
    ProgramDenied,
    ProgramKeyEnded,
    ProgramKeyInvalid,
    ProgramKeyKnown,
    ProgramKeysMany,
    ProgramKeyUnknown,
    ScopeMissing,
)
from largesse.domain.staff import ActRefused, Audited, AuditReason, Role, latest_entries
from largesse.services import programs as services
from largesse.services.programs import SCOPE_ACTS, Gate, MadeKey, may_have
from largesse.services.staff import StaffMailPurpose, end_membership, is_to_staff, read_staff_mail
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import OPERATOR, a_worker
from tests.fakes.clock import StillClock

SOON = NOW + timedelta(minutes=1)


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


def wanting(*scopes: KeyScope, **given: object) -> KeyWanted:
    return msgspec.convert({"name": "Till", "scopes": [one.value for one in scopes], **given}, KeyWanted)


async def a_key(application: Application, merchant: Merchant, *scopes: KeyScope, live: bool = True) -> MadeKey:
    wanted = wanting(*(scopes or tuple(KeyScope)))
    return await services.make_key(application, merchant, wanted, live=live, by=OPERATOR, now=NOW)


async def mails_of_keys(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT payload FROM events WHERE kind = 'mail.due'")
    found = [read_staff_mail(row["payload"]) for row in rows if is_to_staff(row["payload"])]
    return sorted(one.address for one in found if one.purpose is StaffMailPurpose.KEY_MADE)


async def test_a_key_lets_in_whom_it_was_made_for_and_is_kept_as_a_digest(
    application: Application, database: Database, merchant: Merchant
) -> None:
    made = await a_key(application, merchant, KeyScope.CERTIFICATES_READ)
    assert made.text.startswith("lg_live_")
    assert made.text not in repr(made)
    gate = Gate(application)
    came = await gate.admit(made.text, now=SOON)
    assert (came.merchant.merchant_id, came.key.scopes) == (merchant.merchant_id, (KeyScope.CERTIFICATES_READ,))
    came.demand(KeyScope.CERTIFICATES_READ)
    with pytest.raises(ScopeMissing, match="certificates:redeem"):
        came.demand(KeyScope.CERTIFICATES_REDEEM)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM program_keys")
        [listed] = await services.list_keys(connection, merchant)
    assert made.text[8:] not in repr(list(map(dict, rows)))
    assert listed.last_used_at == SOON
    for wrong in ("", "lg_live_x", made.text[:-1] + ("A" if made.text[-1] != "A" else "B")):
        with pytest.raises(ProgramDenied):
            await gate.admit(wrong, now=SOON)


async def test_a_test_key_is_of_a_sandbox_that_no_live_interface_knows(
    application: Application, database: Database, merchant: Merchant
) -> None:
    first, second = await a_key(application, merchant, live=False), await a_key(application, merchant, live=False)
    came = await Gate(application).admit(first.text, now=NOW)
    sandbox = came.merchant
    assert (sandbox.is_live, sandbox.parent_id, sandbox.currency) == (False, merchant.merchant_id, merchant.currency)
    assert second.key.merchant_id == sandbox.merchant_id
    async with database.connection() as connection:
        assert await sandbox_of(connection, merchant.merchant_id) == sandbox
        for name in (sandbox.slug, sandbox.number):
            with pytest.raises(MerchantUnknown):
                await find_merchant(connection, name)
        assert await merchants.merchant_of_prefix(connection, sandbox.prefix) is None
        assert [one.slug for one in await merchants.list_merchants(connection)] == [merchant.slug]
        listed = {one.key_id for one in await services.list_keys(connection, merchant)}
    assert listed == {first.key.key_id, second.key.key_id}


async def test_revoked_and_expired_keys_open_nothing_from_that_moment_on(
    application: Application, merchant: Merchant
) -> None:
    gate, made = Gate(application), await a_key(application, merchant)
    await gate.admit(made.text, now=NOW)
    revoked = await services.revoke_key(application, merchant, made.key.hint, by=OPERATOR, reason="lost", now=SOON)
    assert await services.revoke_key(application, merchant, str(made.key.key_id), by=OPERATOR, now=SOON) == revoked
    with pytest.raises(ProgramDenied):
        await gate.admit(made.text, now=NOW)
    wanted = wanting(KeyScope.REPORTS_READ, expires_at=SOON.isoformat())
    short = await services.make_key(application, merchant, wanted, live=True, by=OPERATOR, now=NOW)
    await gate.admit(short.text, now=NOW)
    with pytest.raises(ProgramDenied):
        await gate.admit(short.text, now=SOON)


async def test_many_requests_with_one_key_share_questions_and_each_is_as_fresh_as_its_own(
    application: Application, merchant: Merchant
) -> None:
    gate, made = Gate(application), await a_key(application, merchant)
    came = await asyncio.gather(*(gate.admit(made.text, now=NOW) for _ in range(200)))
    assert {one.key.key_id for one in came} == {made.key.key_id}
    waiting = [asyncio.create_task(gate.admit(made.text, now=NOW)) for _ in range(20)]
    await services.revoke_key(application, merchant, made.key.hint, by=OPERATOR, now=NOW)
    await asyncio.gather(*waiting, return_exceptions=True)
    refused = await asyncio.gather(*(gate.admit(made.text, now=NOW) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(one, ProgramDenied) for one in refused)


async def test_a_rotated_key_works_beside_the_new_one_for_a_while_and_once(
    application: Application, merchant: Merchant
) -> None:
    gate, before = Gate(application), await a_key(application, merchant)
    day = timedelta(days=1)
    after = await services.rotate_key(application, merchant, before.key.hint, overlap=day, by=OPERATOR, now=NOW)
    assert (after.key.program_id, after.key.scopes) == (before.key.program_id, before.key.scopes)
    assert after.key.actor == before.key.actor
    for text in (before.text, after.text):
        await gate.admit(text, now=SOON)
    with pytest.raises(ProgramDenied):
        await gate.admit(before.text, now=NOW + day)
    again = (application, merchant, str(before.key.key_id))
    with pytest.raises(ProgramKeyEnded):
        await services.rotate_key(*again, overlap=day, by=OPERATOR, now=SOON)
    with pytest.raises(ProgramKeyInvalid):
        await services.rotate_key(application, merchant, after.key.hint, overlap=8 * day, by=OPERATOR, now=SOON)
    with pytest.raises(ProgramKeyUnknown):
        await services.rotate_key(application, merchant, "none", overlap=day, by=OPERATOR, now=SOON)
    with pytest.raises(ProgramKeyKnown):
        await services.rotate_key(
            application, merchant, after.key.hint, overlap=day, key_id=before.key.key_id, by=OPERATOR, now=SOON
        )


async def test_what_is_wrong_with_a_key_is_told_at_once_and_one_form_makes_one_key(
    application: Application, merchant: Merchant
) -> None:
    wrong = KeyWanted(name=" ", scopes=["certificates:steal"], expires_at=NOW)
    with pytest.raises(ProgramKeyInvalid) as refused:
        await services.make_key(application, merchant, wrong, live=True, by=OPERATOR, now=NOW)
    assert [one.field for one in refused.value.fields] == ["name", "scopes", "expires_at"]
    once = wanting(KeyScope.REPORTS_READ, key_id=str(UUID(int=7)))
    await services.make_key(application, merchant, once, live=True, by=OPERATOR, now=NOW)
    with pytest.raises(ProgramKeyKnown):
        await services.make_key(application, merchant, once, live=True, by=OPERATOR, now=NOW)
    for _ in range(KEYS_MAX - 1):
        await a_key(application, merchant, KeyScope.REPORTS_READ)
    with pytest.raises(ProgramKeysMany):
        await a_key(application, merchant, KeyScope.REPORTS_READ)


@pytest.mark.parametrize("scope", KeyScope)
def test_a_key_never_exceeds_its_maker(scope: KeyScope) -> None:
    assert may_have(None, scope, live=True)
    assert may_have(Role.OWNER, scope, live=True)
    assert may_have(Role.DEVELOPER, scope, live=False)
    assert may_have(Role.DEVELOPER, scope, live=True) is (scope is KeyScope.DELIVERIES_READ)
    for role in (Role.MANAGER, Role.CLERK, Role.BOOKKEEPER):
        assert not may_have(role, scope, live=True)
        assert not may_have(role, scope, live=False)
    assert SCOPE_ACTS[scope]


async def test_other_owners_are_told_of_a_key_that_moves_money_and_of_no_other(
    application: Application, database: Database, merchant: Merchant
) -> None:
    ada = await a_worker(application, merchant)
    await a_worker(application, merchant, email="grace@bakery.example", name="Grace")
    dev = await a_worker(application, merchant, email="dev@bakery.example", name="Dev", role=Role.DEVELOPER)
    harmless = sorted(set(KeyScope) - GUARDED)
    await services.make_key(application, merchant, wanting(*harmless), live=True, by=ada.manager, now=NOW)
    await services.make_key(application, merchant, wanting(*KeyScope), live=False, by=dev.manager, now=NOW)
    assert await mails_of_keys(database) == []
    made = await services.make_key(application, merchant, wanting(*KeyScope), live=True, by=ada.manager, now=NOW)
    assert await mails_of_keys(database) == ["grace@bakery.example"]
    with pytest.raises(ActRefused):
        await services.make_key(application, merchant, wanting(*KeyScope), live=True, by=dev.manager, now=NOW)
    overlap = timedelta(hours=1)
    await services.rotate_key(application, merchant, made.key.hint, overlap=overlap, by=dev.manager, now=NOW)
    assert await mails_of_keys(database) == ["ada@bakery.example", "grace@bakery.example", "grace@bakery.example"]
    clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
    with pytest.raises(ActRefused):
        await services.revoke_key(application, merchant, made.key.hint, by=clerk.manager, now=NOW)
    async with database.connection() as connection:
        said = [one.action for one in await latest_entries(connection, merchant.merchant_id, limit=50)]
    assert said.count(Audited.PROGRAM_KEY_MADE) == 3
    assert Audited.PROGRAM_KEY_ROTATED in said


async def test_who_leaves_takes_their_keys_along(application: Application, merchant: Merchant) -> None:
    dev = await a_worker(application, merchant, email="dev@bakery.example", name="Dev", role=Role.DEVELOPER)
    theirs = await services.make_key(application, merchant, wanting(*KeyScope), live=False, by=dev.manager, now=NOW)
    other = await a_key(application, merchant)
    async with application.transaction() as connection:
        await end_membership(
            connection, merchant, dev.membership, by=OPERATOR, reason="left", code=AuditReason.LEFT, now=NOW
        )
    gate = Gate(application)
    await gate.admit(other.text, now=NOW)
    with pytest.raises(ProgramDenied):
        await gate.admit(theirs.text, now=NOW)
