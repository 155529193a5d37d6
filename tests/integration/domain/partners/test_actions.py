import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from largesse.db import Connection, Database, gathering
from largesse.domain import partners
from largesse.domain.partners import (
    AgreementChange,
    KeyUnknown,
    PartnerInvalid,
    PartnerTaken,
    PartnerUnknown,
    Terms,
    UserTaken,
)
from tests.builders.application import an_application
from tests.builders.partners import EMAIL, a_merchant, an_ordering_partner


async def test_a_partner_is_found_by_name_or_id(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        async with database.connection() as connection:
            one, merchant_id = ordering.partner, ordering.merchant.merchant_id
            for name in (one.name, one.name.upper(), str(one.partner_id)):
                assert await partners.find_partner(connection, merchant_id, name) == one
            with pytest.raises(PartnerUnknown):
                await partners.find_partner(connection, merchant_id, "nobody")
            assert await partners.list_partners(connection, merchant_id) == [one]


async def test_names_and_addresses_are_taken_once(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        now = application.clock.now()
        async with database.transaction() as connection:
            with pytest.raises(PartnerTaken):
                await partners.create_partner(
                    connection,
                    ordering.merchant.merchant_id,
                    name=ordering.partner.name.upper(),
                    contact_email=EMAIL,
                    change=AgreementChange(),
                    now=now,
                )
            with pytest.raises(UserTaken):
                await partners.create_user(connection, ordering.partner, email=EMAIL, password_hash="x", now=now)


async def test_everything_that_is_wrong_is_named(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(application)
        change = AgreementChange(token_lifetime_s=1, payment_terms_days=1000)
        async with database.transaction() as connection:
            with pytest.raises(PartnerInvalid) as refused:
                await partners.create_partner(
                    connection,
                    merchant.merchant_id,
                    name="",
                    contact_email="@",
                    change=change,
                    now=application.clock.now(),
                )
        fields = [fault.field for fault in refused.value.fields]
        assert fields == ["name", "contact_email", "token_lifetime_s", "payment_terms_days"]


async def use_credit(connection: Connection, used: dict[tuple[UUID, UUID, str], int]) -> None:
    async with gathering(connection) as writes:
        partners.use_credit(writes, used)


async def test_terms_change_and_what_was_used_stays(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        one, ref = ordering.partner, (ordering.partner.merchant_id, ordering.partner.partner_id)
        async with database.transaction() as connection:
            await use_credit(connection, {(*ref, "USD"): 100})
            await partners.put_terms(connection, one, "USD", Terms(amount_max=7, credit_limit=9))
            await partners.put_terms(connection, one, "EUR", Terms(amount_max=8, credit_limit=10))
            with pytest.raises(PartnerInvalid):
                await partners.remove_terms(connection, one, "USD")
            assert (await partners.agreement_of(connection, *ref)).terms == {
                "EUR": Terms(amount_max=8, credit_limit=10),
                "USD": Terms(amount_max=7, credit_limit=9, credit_used=100),
            }
            await partners.remove_terms(connection, one, "EUR")
            assert list((await partners.agreement_of(connection, *ref)).terms) == ["USD"]


async def test_whoever_waits_for_an_agreement_sees_what_was_done_with_it(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        ref = (ordering.partner.merchant_id, ordering.partner.partner_id)

        async def use_one() -> None:
            async with database.transaction() as connection:
                before = (await partners.lock_agreements(connection, [ref]))[ref].terms["USD"].credit_used
                await asyncio.sleep(0.01)
                await use_credit(connection, {(*ref, "USD"): 1})
                after = (await partners.agreements(connection, [ref]))[ref].terms["USD"].credit_used
                assert after == before + 1

        await asyncio.gather(*(use_one() for _ in range(8)))


async def test_a_key_is_revoked_by_its_ending_when_that_names_one(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        now = application.clock.now()
        async with database.transaction() as connection:
            await partners.create_key(connection, ordering.user, now=now)
            for ending in ("", "zzzz"):
                with pytest.raises(KeyUnknown):
                    await partners.revoke_key(connection, ordering.partner, ending, now=now)
            revoked = await partners.revoke_key(connection, ordering.partner, ordering.api_key, now=now)
            assert revoked.hint == ordering.api_key[-4:]
            assert await partners.find_credentials(connection, ordering.api_key) is None


async def test_tokens_are_forgotten_a_week_after_they_expired(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        now = application.clock.now()
        async with database.transaction() as connection:
            credentials = await partners.find_credentials(connection, ordering.api_key)
            assert credentials is not None
            for days in (0, 1, 7, 8, 9, 10):
                await partners.issue_token(connection, credentials, now=now - timedelta(days=days))
            assert await partners.merchants_with_expired_tokens(connection, now=now) == [credentials.merchant_id]
            assert await partners.forget_expired_tokens(connection, credentials.merchant_id, now=now, limit=2) == 2
            assert await partners.forget_expired_tokens(connection, credentials.merchant_id, now=now, limit=2) == 1
            assert await partners.forget_expired_tokens(connection, credentials.merchant_id, now=now) == 0
            assert await partners.merchants_with_expired_tokens(connection, now=now) == []
