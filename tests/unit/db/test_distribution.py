"""What distributing a database takes follows from its catalogue alone."""

import msgspec
import pytest
from pglast import parse_sql

from largesse.db import revisions
from largesse.db.distribution import Catalogue, ForeignKey, Plan, TableFacts, plan_of

MERCHANTS = TableFacts(name="merchants", columns=("merchant_id", "slug"), keys={"merchants_pkey": ("merchant_id",)})
ROUTES = TableFacts(name="routes", columns=("kind", "key", "merchant_id"), keys={"routes_pkey": ("kind", "key")})
CLOCK = TableFacts(name="duty_clock", columns=("single",), keys={"duty_clock_pkey": ("single",)})


def a_table(name: str, *refers_to: str, **facts: object) -> TableFacts:
    given: dict[str, object] = {
        "columns": ("merchant_id", "id"),
        "keys": {f"{name}_pkey": ("merchant_id", "id")},
        "foreign_keys": tuple(
            ForeignKey(f"{name}_{other}_fkey", other, "merchant_id", f"FOREIGN KEY (merchant_id) REFERENCES {other}")
            for other in refers_to
        ),
    }
    return msgspec.convert({"name": name, **given, **facts}, TableFacts)


def a_catalogue(*tables: TableFacts, **facts: object) -> Catalogue:
    ready: dict[str, object] = {
        "role": "largesse",
        "revision": revisions.head(),
        "citus": "13.2-1",
        "nodes": 2,
        **facts,
    }
    return msgspec.structs.replace(Catalogue(tables=tables, role="", revision=None), **ready)


def statements(plan: Plan) -> list[str]:
    return [step.sql for step in plan.steps]


def test_everything_is_placed_once_and_in_an_order_that_citus_can_follow() -> None:
    orders, gifts = a_table("orders", "merchants"), a_table("gifts", "orders", "merchants")
    plan = plan_of(a_catalogue(CLOCK, gifts, MERCHANTS, orders, ROUTES), shards=8)
    assert plan.obstacles == ()
    assert statements(plan) == [
        'ALTER ROLE "largesse" SET citus.override_table_visibility = off',
        "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
        'ALTER TABLE "gifts" DROP CONSTRAINT "gifts_orders_fkey"',
        "SELECT create_reference_table('merchants')",
        "SELECT create_reference_table('routes')",
        "SELECT create_distributed_table('gifts', 'merchant_id', colocate_with => 'none', shard_count => 8)",
        "SELECT create_distributed_table('orders', 'merchant_id', colocate_with => 'gifts')",
        'ALTER TABLE "gifts" ADD CONSTRAINT "gifts_orders_fkey" FOREIGN KEY (merchant_id) REFERENCES orders',
    ]


def test_every_statement_is_one_that_postgresql_reads() -> None:
    tables = (a_table("orders"), a_table("gifts", "orders", has_triggers=True), a_table("it's", "orders"))
    for step in plan_of(a_catalogue(MERCHANTS, ROUTES, *tables)).steps:
        [_] = parse_sql(step.sql)
        assert step.why.endswith(".")


def test_append_only_triggers_are_taken_to_the_shards() -> None:
    plain, guarded = a_table("orders"), a_table("journal", has_triggers=True)
    wanted = "SET LOCAL citus.enable_unsafe_triggers = on"
    assert wanted not in statements(plan_of(a_catalogue(plain)))
    found = statements(plan_of(a_catalogue(plain, guarded)))
    assert found.index(wanted) < min(at for at, sql in enumerate(found) if "create_distributed_table" in sql)


def test_what_is_distributed_already_is_left_and_new_tables_join_it() -> None:
    standing = a_table("orders", placed="distributed")
    new = a_table("gifts", "orders")
    reference = msgspec.structs.replace(MERCHANTS, placed="reference")
    plan = plan_of(a_catalogue(reference, standing, new, visibility_off=True))
    assert statements(plan) == [
        "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
        "SELECT create_distributed_table('gifts', 'merchant_id', colocate_with => 'orders')",
    ]
    assert statements(plan_of(a_catalogue(reference, standing, visibility_off=True))) == []


@pytest.mark.parametrize(
    "catalogue, said",
    [
        (a_catalogue(MERCHANTS, citus=None), "Citus is not installed"),
        (a_catalogue(MERCHANTS, nodes=0), "No node takes shards"),
        (a_catalogue(MERCHANTS, revision="0001"), "revision 0001"),
        (a_catalogue(MERCHANTS, sessions={"largesse": 3}), "3 of largesse"),
        (a_catalogue(a_table("gifts", keys={"gifts_pkey": ["id"]})), "gifts_pkey of gifts does not begin"),
        (a_catalogue(a_table("gifts", keys={})), "gifts has no primary key"),
        (
            a_catalogue(
                a_table("orders"),
                msgspec.structs.replace(
                    a_table("gifts"), foreign_keys=(ForeignKey("f", "orders", "order_id", "FOREIGN KEY …"),)
                ),
            ),
            "The foreign key f of gifts does not begin",
        ),
        (a_catalogue(CLOCK, a_table("gifts", "duty_clock")), "gifts refers to duty_clock"),
        (
            a_catalogue(
                a_table("gifts"),
                msgspec.structs.replace(CLOCK, foreign_keys=(ForeignKey("f", "gifts", "gift_id", "FOREIGN KEY …"),)),
            ),
            "duty_clock has no merchant and refers to gifts",
        ),
    ],
)
def test_what_stands_in_the_way_is_said(catalogue: Catalogue, said: str) -> None:
    [obstacle] = plan_of(catalogue).obstacles
    assert said in obstacle
