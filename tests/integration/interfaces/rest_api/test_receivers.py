"""Programs keep their own endpoints: added, admitted by an owner, changed, paused, given another secret, removed."""

from typing import Any

from largesse.domain.staff import ByWhom
from largesse.services import cards, endpoints
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant
from tests.builders.locations import a_location
from tests.builders.programs import a_program_key
from tests.integration.interfaces.rest_api.conftest import Shop

ENDPOINT = {"url": "https://hooks.example.com/in?token=abc", "notify": "ops@example.com"}
OWNER = ByWhom(actor="person:owner")


async def added(shop: Shop, **more: Any) -> Any:
    return (await shop.api.done("/endpoints", {**ENDPOINT, **more}))["endpoint"]


async def test_an_endpoint_from_its_first_day_to_its_last(shop: Shop) -> None:
    application, database = shop.application, shop.application.database
    one = await added(shop, events=["certificate.redeemed"])
    path = f"/endpoints/{one['endpoint_id']}"
    assert (one["status"], one["address"]) == ("waiting", "https://hooks.example.com/in")
    early = await shop.api.post(f"{path}/pause", {})
    assert (early.status_code, early.json()["code"]) == (409, "endpoint.waits")
    async with database.transaction() as connection:
        await endpoints.admit_endpoint(connection, application.keyring, one["endpoint_id"], by=OWNER, now=NOW)
    assert (await shop.api.get(path)).json()["status"] == "active"
    assert (await shop.api.done(f"{path}/pause", {}))["status"] == "paused"
    assert (await shop.api.done(f"{path}/resume", {}))["status"] == "active"
    same_host = await shop.api.done(f"{path}/change", {"url": "https://hooks.example.com/new", "ordered": True})
    assert (same_host["address"], same_host["ordered"]) == ("https://hooks.example.com/new", True)
    other_host = await shop.api.done(f"{path}/change", {"url": "https://elsewhere.example.com/"})
    assert other_host["address"] == "https://hooks.example.com/new", "another host waits for an owner's word"
    async with database.connection() as connection:
        standing = await endpoints.endpoint_of(connection, shop.merchant.merchant_id, one["endpoint_id"])
    assert standing.asked is not None
    made = await shop.api.issued("10.00")
    await shop.api.done("/certificates/redeem", {"number": made["number"], "amount": "1", "currency": "USD"})
    [delivery] = (await shop.api.get(f"{path}/deliveries")).json()["data"]
    again = await shop.api.done(f"{path}/send-again", {"event_id": delivery["event_id"]})
    assert again["status"] == "queued"
    first = await shop.api.done(f"{path}/rotate-secret", {"overlap_h": 1})
    assert first["secret"].startswith("whsec_")
    assert (await shop.api.done(f"{path}/remove", {}))["status"] == "removed"
    assert (await shop.api.get(path)).status_code == 404
    assert (await shop.api.get("/endpoints")).json()["data"] == []
    assert await shop.count("audit_log WHERE actor LIKE 'program:%'") >= 6


async def test_nobody_reaches_another_merchants_endpoint(shop: Shop) -> None:
    one = await added(shop)
    stranger = await a_program_key(
        shop.application, await a_merchant(shop.application.database, slug="other-inn", number="1002", prefix="XQ")
    )
    for act, body in (("change", {"ordered": True}), ("pause", {}), ("remove", {}), ("rotate-secret", {})):
        refused = await shop.api.post(f"/endpoints/{one['endpoint_id']}/{act}", body, key_text=stranger.text)
        assert (refused.status_code, refused.json()["code"]) == (404, "endpoint.not_found"), act


async def test_a_sandbox_posts_to_nobody(shop: Shop) -> None:
    key = await a_program_key(shop.application, shop.merchant, live=False)
    refused = await shop.api.post("/endpoints", ENDPOINT, key_text=key.text)
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint.sandbox")
    assert await shop.count("endpoints WHERE format = 'json'") == 0


async def test_cards_are_asked_for_and_given_up(shop: Shop) -> None:
    batch = await shop.api.done("/card-batches", {"kind": "one_code", "name": "Spring", "count": 3})
    path = f"/card-batches/{batch['batch_id']}"
    early = await shop.api.post(f"{path}/void", {})
    assert (early.status_code, early.json()["code"]) == (409, "cards.batch.not_ready")
    await a_worker_comes(shop)
    shown = (await shop.api.get(path)).json()
    assert (shown["state"], shown["unsold"], shown["sold"]) == ("ready", 3, 0)
    [listed] = (await shop.api.get("/card-batches")).json()["data"]
    assert listed["batch_id"] == batch["batch_id"]
    assert (await shop.api.done(f"{path}/void", {"memo": "the box was lost"}))["state"] == "voiding"
    await a_worker_comes(shop)
    assert (await shop.api.get(path)).json()["void"] == 3


async def a_worker_comes(shop: Shop) -> None:
    """Let a worker go on with batches."""
    await cards.work_on_due(shop.application, now=NOW)


async def test_a_device_from_its_first_day_to_its_last(shop: Shop) -> None:
    wanted = {"name": "Bar left", "kind": "handheld", "lock_minutes": 3}
    rehearsed = (await shop.api.post("/devices?dry_run=true", wanted)).json()
    assert (rehearsed["code"], await shop.count("devices")) == (None, 0)
    first = await shop.api.post("/devices", wanted, key="till")
    again = await shop.api.post("/devices", wanted, key="till")
    assert (first.status_code, first.json()) == (201, again.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    made, code = first.json()["device"], first.json()["code"]
    assert (made["name"], made["kind"], made["enrolled_at"]) == ("Bar left", "handheld", None)
    path = f"/devices/{made['device_id']}"
    taken = await shop.api.post("/devices", {"name": "bar LEFT"})
    assert (taken.status_code, taken.json()["code"]) == (409, "device.taken")
    assert (await shop.api.done(f"{path}/code", {}))["code"] != code
    assert (await shop.api.done(f"{path}/change", {"name": "Bar right"}))["name"] == "Bar right"
    other = await a_location(shop.application.database, shop.merchant, code="POOL")
    moved = await shop.api.done(f"{path}/move", {"location": "POOL"})
    assert moved["location_id"] == str(other.location_id)
    nowhere = await shop.api.post(f"{path}/move", {"location": "MOON"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "location.unknown")
    assert (await shop.api.get(path)).json()["name"] == "Bar right"
    revoked = [await shop.api.done(f"{path}/revoke", {}) for _ in range(2)]
    assert revoked[0]["revoked_at"] == revoked[1]["revoked_at"] is not None
    late = await shop.api.post(f"{path}/code", {})
    assert (late.status_code, late.json()["code"]) == (409, "device.revoked")
    assert await shop.count("audit_log WHERE actor LIKE 'program:%' AND action LIKE 'device.%'") == 4


async def test_a_device_that_nobody_was_told_of_gets_another_code(shop: Shop) -> None:
    wanted = {"name": "Bar left"}
    first = (await shop.api.post("/devices", wanted, key="till")).json()
    async with shop.application.database.transaction() as connection:  # as if the program had died before the answer
        await connection.execute("DELETE FROM program_requests")
    again = (await shop.api.post("/devices", wanted, key="till")).json()
    assert again["device"]["device_id"] == first["device"]["device_id"]
    assert again["code"] not in {None, first["code"]}


async def test_nobody_reaches_another_merchants_device(shop: Shop) -> None:
    made = (await shop.api.done("/devices", {"name": "Bar left"}))["device"]
    stranger = await a_program_key(
        shop.application, await a_merchant(shop.application.database, slug="other-inn", number="1002", prefix="XQ")
    )
    for act, body in (("change", {"name": "Mine"}), ("code", {}), ("move", {"location": "MAIN"}), ("revoke", {})):
        refused = await shop.api.post(f"/devices/{made['device_id']}/{act}", body, key_text=stranger.text)
        assert (refused.status_code, refused.json()["code"]) == (404, "device.unknown"), act
