"""Keys of the partner API in the portal, and the limits that the office sets for people and keys."""

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import partners
from largesse.domain.partners import AgreementChange, Partner, SpendingLimitReached
from largesse.domain.portal import PartnerRole
from largesse.services.partners import order_on_account
from largesse.services.portal import ActsFor, OwnKeysLimited, OwnKeysRefused, make_own_key, token_of_own_key
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.builders.partners import admitted, an_order, an_ordering_partner
from tests.builders.portal import a_colleague, a_session_for
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, fill, forms_of, office_app, texts, visiting


async def keys_of(application: Application, partner: Partner) -> list[partners.Key]:
    async with application.database.connection() as connection:
        return list(await partners.keys(connection, (partner.merchant_id, partner.partner_id)))


async def test_an_approver_makes_shows_once_and_revokes_a_key_where_the_agreement_lets_them(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        own = await an_ordering_partner(application, merchant=merchant)
        role = PartnerRole.APPROVER
        colleague = await a_colleague(application, merchant, own.partner, email="anna@hotel.example", role=role)
        here = f"/partner/{own.partner.partner_id}/keys"
        async with visiting(office_app(application)) as client:
            comes_with(client, await a_session_for(application, colleague))
            assert f"{here}/make" not in forms_of(await client.get(here))
            async with application.database.transaction() as connection:
                agreed = await partners.agreement_of(connection, merchant.merchant_id, own.partner.partner_id)
                acts = ActsFor(member=colleague.member, partner=own.partner, agreement=agreed, merchant=merchant)
                with pytest.raises(OwnKeysRefused):
                    await make_own_key(connection, acts, own.user.email, key_id=None, name="Anna", now=NOW)
                await partners.change_agreement(connection, own.partner, AgreementChange(own_keys=True))
            page = await client.get(here)
            operation = texts(page, "//input[@name='operation']/@value")[0]
            asked = {"operation": operation, "user": own.user.email}
            form = next(form for action, form in forms_of(page).items() if action == f"{here}/make")
            made = await client.post(f"{here}/make", data={**form, **asked, "key": ""})
            assert made.status_code == 200, made.text
            text = texts(made, "//*[@data-copy-text]")[0].strip()
            again = await client.post(f"{here}/make", data={**form, **asked, "key": ""})
            assert again.status_code == 409
            assert text not in again.text
            async with application.database.connection() as connection:
                assert await partners.find_credentials(connection, text) is not None
            [key] = [one for one in await keys_of(application, own.partner) if one.hint == text[-4:]]
            gone = await client.post(f"{here}/revoke", data={**form, "key": str(key.key_id)})
            assert gone.headers["location"] == here
            async with application.database.connection() as connection:
                assert await partners.find_credentials(connection, text) is None
            unknown = await client.post(f"{here}/revoke", data={**form, "key": str(key.key_id)})
            assert unknown.status_code == 409
            known = len(await keys_of(application, own.partner))
            for field, status in (("key", 409), ("what", 422)):  # what no form sends makes nothing, and ends nothing
                act = "make" if field == "key" else "revoke"
                forged = await client.post(f"{here}/{act}", data={**form, **asked, field: "no-such"})
                assert forged.status_code == status
            assert len(await keys_of(application, own.partner)) == known


@pytest.mark.parametrize("limited", ["key", "approver", "orderer"])
async def test_nobody_passes_a_limit_by_another_key_or_its_token(database: Database, limited: str) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        own = await an_ordering_partner(application, merchant=merchant, change=AgreementChange(own_keys=True))
        partner = own.partner
        approver, orderer = [
            await a_colleague(application, merchant, partner, email=f"{role}@hotel.example", role=role)
            for role in (PartnerRole.APPROVER, PartnerRole.ORDERER)
        ]
        [key] = await keys_of(application, partner)
        spenders = {
            "key": key.key_id,
            "approver": approver.member.membership_id,
            "orderer": orderer.member.membership_id,
        }
        async with application.database.transaction() as connection:
            agreed = await partners.agreement_of(connection, merchant.merchant_id, partner.partner_id)
            acts = ActsFor(member=approver.member, partner=partner, agreement=agreed, merchant=merchant)
            limits = partners.SpendingLimit(
                merchant_id=merchant.merchant_id,
                spender_id=spenders[limited],
                currency="USD",
                partner_id=partner.partner_id,
                monthly=40_00,
                month=NOW.date().replace(day=1),
            )
            await partners.put_spending_limit(connection, limits)
            with pytest.raises(OwnKeysLimited):
                await make_own_key(connection, acts, own.user.email, key_id=None, name="Anna", now=NOW)
            if limited == "approver":
                with pytest.raises(OwnKeysLimited):
                    await token_of_own_key(connection, acts, key.key_id, name="Anna", now=NOW)
            else:
                await token_of_own_key(connection, acts, key.key_id, name="Anna", now=NOW)


async def test_the_office_limits_a_key_to_so_much_a_month_and_sets_what_takes_a_second_person(
    database: Database,
) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        own = await an_ordering_partner(application, merchant=merchant)
        [key] = await keys_of(application, own.partner)
        here = f"/admin/corner-spa/partners/{own.partner.partner_id}/people"
        async with at_the_desk(application, merchant) as client:
            form = forms_of(await client.get(here))[f"{here}/limit"]
            kept = await client.post(f"{here}/limit", data={**form, "amount": "300"})
            assert kept.headers["location"] == f"{here}?done=limited"
            asked = {**form, "spender": str(key.key_id), "amount": "40"}
            assert (await client.post(f"{here}/limit", data=asked)).status_code == 303
            wrong = await client.post(f"{here}/limit", data={**asked, "amount": "much"})
            assert wrong.status_code == 422
            page = await fill(client, here, f"{here}/limit", {"spender": str(own.partner.partner_id)})
            assert page.status_code == 409
            forged = await fill(client, here, f"{here}/limit", {"spender": "no-such", "amount": "7"})
            assert forged.status_code == 409
        async with application.database.connection() as connection:
            agreed = await partners.agreement_of(connection, merchant.merchant_id, own.partner.partner_id)
        assert agreed.terms["USD"].approval_above == 300_00
        assert agreed.limits_spenders
        who = await admitted(application, own)
        given = {"refcode": "SPRING", "amount": "25"}
        await order_on_account(application, who, an_order(given, key="a"), now=NOW)
        with pytest.raises(SpendingLimitReached):
            await order_on_account(application, who, an_order(given, key="b"), now=NOW)
        replayed = await order_on_account(application, who, an_order(given, key="a"), now=NOW)
        assert replayed.replayed
