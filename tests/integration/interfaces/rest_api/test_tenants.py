"""Ten thousand sandboxes in the same tables: each key sees and moves what is its own, down to the row."""

import hashlib
import random
from typing import Any

from largesse.interfaces.rest_api import ROUTES
from largesse.services.programs import open_anonymous
from tests.builders.application import NOW
from tests.builders.programs import speaking
from tests.integration.interfaces.rest_api.conftest import Shop

TENANTS = 10_000
LOOKED_AT = 8
# The same ids in every tenant: only the merchant tells their rows apart.
COPIED = ("legal_entities", "locations", "certificates", "books")
COPY = """
INSERT INTO {table}
SELECT (jsonb_populate_record(one, jsonb_build_object('merchant_id', new.merchant_id) || {more})).*
FROM {table} one CROSS JOIN tenants new
WHERE one.merchant_id = $1
"""
MORE = {
    "merchants": "jsonb_build_object('slug', 'tenant-' || new.place, 'number', 't' || new.place,"
    " 'prefix', new.prefix, 'prefix_folded', new.prefix)",
    "routes": "jsonb_build_object('key', new.digest)",
    "program_keys": "jsonb_build_object('digest', new.digest)",
    "certificates": "jsonb_build_object('balance', new.place)",
}


def key_of(place: int) -> str:
    return f"lg_test_{place:040d}"


async def open_many(shop: Shop) -> Any:
    """Copy one sandbox with a certificate to ten thousand; the balance of each is its place, in cents."""
    sandbox, made = await open_anonymous(shop.application, now=NOW)
    async with speaking(shop.application, made.text) as api:
        issued = await api.issued("12.00")
    places = list(range(1, TENANTS + 1))
    digests = [hashlib.sha256(key_of(place).encode()).digest() for place in places]
    async with shop.application.database.transaction() as connection:
        await connection.execute(
            "CREATE TEMPORARY TABLE tenants ON COMMIT DROP AS SELECT gen_random_uuid() AS merchant_id, place, digest,"
            " '2' || translate(lpad(place::text, 5, '0'), '0123456789', 'ABCDEFGHJK') AS prefix"
            " FROM unnest($1::int[], $2::bytea[]) AS t (place, digest)",
            places,
            digests,
        )
        for table in ("merchants", *COPIED, "program_keys", "routes"):
            await connection.execute(COPY.format(table=table, more=MORE.get(table, "'{}'")), sandbox.merchant_id)
    return issued


async def test_each_of_ten_thousand_sandboxes_sees_and_moves_its_own_alone(shop: Shop) -> None:
    issued = await open_many(shop)
    live = await shop.api.issued("99.00")
    certificate_id = issued["certificate_id"]
    for place in random.Random(7).sample(range(1, TENANTS + 1), LOOKED_AT):
        async with speaking(shop.application, key_of(place)) as api:
            shown = (await api.get(f"/certificates/{certificate_id}")).json()
            assert shown["balance"] == f"{place / 100:.2f}", place
            listed = (await api.get("/certificates")).json()
            assert [(one["certificate_id"], one["balance"]) for one in listed["data"]] == [
                (certificate_id, shown["balance"])
            ]
            for route in ROUTES:
                if route.method == "GET" and "{" not in route.path and not route.path.startswith("/reports"):
                    told = (await api.get(route.path)).json()
                    assert len(told["data"]) <= 1, (place, route.path)
            assert (await api.get(f"/certificates/{live['certificate_id']}")).status_code == 404
            spend = {"certificate_id": certificate_id, "amount": "0.01", "currency": "USD"}
            await api.done("/certificates/redeem", spend)
    async with shop.application.database.connection() as connection:
        changed = await connection.fetchval(
            "SELECT count(*) FROM certificates c JOIN merchants m USING (merchant_id)"
            " WHERE m.slug LIKE 'tenant-%' AND c.balance <> substr(m.slug, 8)::bigint"
        )
    assert changed == LOOKED_AT
    assert (await shop.api.get(f"/certificates/{live['certificate_id']}")).json()["balance"] == "99.00"
