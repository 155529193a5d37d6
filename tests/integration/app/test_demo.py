"""The demo that a newcomer meets."""

import stat
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pyotp
import pytest

from largesse.app import demo
from largesse.app.application import Application
from largesse.app.demo import FILE, DemoElsewhere, DemoFile
from largesse.db import Database
from largesse.domain import catalog, devices, locations, merchants
from largesse.domain.catalog import OfferingStatus
from largesse.domain.staff import Role
from largesse.services.merchants import seller_of
from largesse.services.partners.admission import find_credentials, issue_token
from largesse.services.staff import authority_of, begin, finish
from largesse.services.tills import demand_pin
from tests.builders.application import an_application
from tests.builders.staff import BROWSER

HERE = "http://127.0.0.1:8000"


async def seed(application: Application, home: Path, base_url: str = HERE) -> DemoFile:
    await demo.seed(application, home=home, base_url=base_url)
    return msgspec.json.decode((home / FILE).read_bytes(), type=DemoFile)


async def counts(database: Database) -> list[int]:
    async with database.connection() as connection:
        return [
            await connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("merchants", "partners", "partner_users", "api_keys", "orders", "certificates")
        ]


async def test_its_credentials_work_and_only_its_owner_can_read_them(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        content = await seed(application, tmp_path)
        partner = content.partner
        credentials = await find_credentials(application, partner.api_key)
        assert credentials is not None
        now = application.clock.now()
        assert await issue_token(application, credentials, email=partner.email, password=partner.password, now=now)
    assert content.merchant.slug == "demo"
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_its_shop_says_who_sells_and_has_two_locations(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        await seed(application, tmp_path)
    async with database.connection() as connection:
        merchant = await merchants.find_merchant(connection, "demo")
        seller = await seller_of(connection, merchant)
        assert seller is not None
        assert (seller.name, seller.country) == ("Demo Day Spa (not a real company)", "US")
        found = await locations.locations(connection, merchant.merchant_id)
    assert [(one.code, one.is_default) for one in found] == [("MAIN", True), ("CAFE", False)]


async def test_another_start_changes_nothing_but_the_address(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        first = await seed(application, tmp_path)
        before = await counts(database)
        second = await seed(application, tmp_path, "http://127.0.0.1:9000")
        assert await counts(database) == before == [1, 1, 1, 1, len(demo.SAMPLES), len(demo.SAMPLES)]
    elsewhere = msgspec.json.encode(first).replace(HERE.encode(), b"http://127.0.0.1:9000")
    assert second == msgspec.json.decode(elsewhere, type=DemoFile)


async def test_a_file_of_another_database_is_replaced(database: Database, tmp_path: Path) -> None:
    stranger = demo.DemoPartner("partner@demo.example", "x", "018f3c1e-7b6a-7c3e-9a43-1b2c3d4e5f60")
    content = DemoFile(HERE, demo.DemoMerchant("demo", "DEMO-1"), stranger)
    (tmp_path / FILE).write_bytes(msgspec.json.encode(content))
    async with an_application(database) as application:
        assert (await seed(application, tmp_path)).partner != stranger


async def test_a_demo_whose_credentials_are_elsewhere_says_so(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        await seed(application, tmp_path)
        (tmp_path / FILE).unlink()
        with pytest.raises(DemoElsewhere):
            await seed(application, tmp_path)
    assert not (tmp_path / FILE).exists()


async def test_its_shop_is_filled_and_its_promo_code_holds(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        shop = (await seed(application, tmp_path)).shop
        now = application.clock.now()
        async with database.connection() as connection:
            merchant = await merchants.find_merchant(connection, "demo")
            sold = await catalog.find_offerings(connection, merchant.merchant_id, now=now)
            lines = [catalog.Line(offering_id=sold[0].offering_id, amount=10_000)]
            assert shop is not None
            assert await catalog.try_promo(connection, merchant.merchant_id, shop.promo_code, lines, now=now) == (
                1_000,
            )
            drawn = await catalog.pictures_of(
                connection, merchant.merchant_id, [one.picture_id for one in sold if one.picture_id]
            )
            assert await catalog.printable_logo(connection, merchant.merchant_id)
    assert shop.url == f"{HERE}/demo"
    assert [one.title for one in sold] == ["An amount of your choice", "1 hr Massage", "Afternoon for two"]
    assert len(drawn) == 3
    assert all(set(one.translations) == {"es", "fr", "de"} for one in sold)


async def test_a_shop_that_somebody_changed_stays_theirs(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        await seed(application, tmp_path)
        async with database.transaction() as connection:
            merchant = await merchants.find_merchant(connection, "demo")
            hidden = OfferingStatus.HIDDEN
            for one in await catalog.list_offerings(connection, merchant.merchant_id):
                await catalog.set_status(
                    connection, merchant.merchant_id, one.slug, hidden, now=application.clock.now()
                )
        await seed(application, tmp_path)
        async with database.connection() as connection:
            assert not await catalog.find_offerings(connection, merchant.merchant_id, now=application.clock.now())


async def test_a_file_of_an_earlier_version_keeps_its_credentials(database: Database, tmp_path: Path) -> None:
    async with an_application(database) as application:
        first = await seed(application, tmp_path)
        path = tmp_path / FILE
        old = {name: value for name, value in msgspec.json.decode(path.read_bytes()).items() if name != "shop"}
        path.write_bytes(msgspec.json.encode(old))
        assert await seed(application, tmp_path) == first


async def test_one_person_of_each_role_signs_in_and_who_works_at_the_counter_has_a_pin(
    database: Database, tmp_path: Path
) -> None:
    async with an_application(database) as application:
        content = await seed(application, tmp_path)
        assert [one.role for one in content.staff] == [role.value for role in Role]
        later = application.clock.now() + timedelta(minutes=1)
        merchant_id = await merchant_of_demo(database)
        for one in content.staff:
            begun = await begin(application, one.email, one.password, BROWSER, now=later)
            signed_in = await finish(application, begun.session, pyotp.TOTP(one.totp_secret).at(later), now=later)
            async with database.connection() as connection:
                membership, _ = await authority_of(connection, signed_in.session, merchant_id, recovered_at=None)
            assert membership.role.value == one.role
            if one.role in {"owner", "manager", "clerk"}:
                assert (await demand_pin(application, membership, one.pin)).may_approve
            else:
                assert one.pin == ""
    assert len({one.password for one in content.staff} | {one.totp_secret for one in content.staff}) == 10


async def test_ten_codes_make_tills_of_browsers_and_spent_ones_are_replaced_at_the_next_start(
    database: Database, tmp_path: Path
) -> None:
    async with an_application(database) as application:
        first = await seed(application, tmp_path)
        assert len(set(first.till)) == 10
        now = application.clock.now() + timedelta(days=20)
        async with database.transaction() as connection:
            merchant = await merchants.find_merchant(connection, "demo")
            assert "Front desk" in {one.name for one in await devices.devices(connection, merchant.merchant_id)}
            enrolled, _ = await devices.enrol_device(
                connection, merchant.merchant_id, first.till[0], agent="x", now=now
            )
        assert enrolled.name == "Till 1"
        second = await seed(application, tmp_path)
        async with database.transaction() as connection:
            for code in second.till:
                await devices.enrol_device(connection, merchant.merchant_id, code, agent="x", now=now)
    assert second.staff == first.staff


async def test_what_people_of_the_demo_sign_in_with_stands_in_its_file_alone(
    database: Database, tmp_path: Path
) -> None:
    async with an_application(database) as application:
        first = await seed(application, tmp_path)
        secrets = {value for one in first.staff for value in (one.password, one.totp_secret, one.pin) if value}
        written = (tmp_path / FILE).read_text()
        assert all(one in written for one in secrets)
        async with database.connection() as connection:
            for table in ("persons", "pins", "devices", "audit_log", "events"):
                kept = str(await connection.fetch(f"SELECT * FROM {table}"))
                assert not any(one in kept for one in secrets | set(first.till)), table


async def merchant_of_demo(database: Database) -> UUID:
    async with database.connection() as connection:
        return (await merchants.find_merchant(connection, "demo")).merchant_id
