"""`largesse staff`, as an operator types it."""

import asyncio
from pathlib import Path

import pytest

from largesse.domain.merchants import find_merchant
from largesse.domain.staff import Role
from tests.builders.staff import a_worker
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


def has_staff(operator: Operator, **roles: Role) -> None:
    """Let people work for the merchant, each under the name of the argument."""

    async def work() -> None:
        async with operator.application() as application:
            async with application.database.connection() as connection:
                merchant = await find_merchant(connection, "corner-spa")
            for name, role in roles.items():
                await a_worker(application, merchant, email=f"{name}@bakery.example", name=name.title(), role=role)

    asyncio.run(work())


def audited(operator: Operator) -> list[str]:
    """Who did what, the oldest first."""

    async def work() -> list[str]:
        async with operator.application() as application, application.database.connection() as connection:
            rows = await connection.fetch("SELECT actor, action FROM audit_log ORDER BY audit_id")
            return [f"{row['actor']} {row['action']}" for row in rows]

    return asyncio.run(work())


def test_somebody_is_invited_listed_and_uninvited(operator: Operator) -> None:
    assert "Invite an owner" in operator.types("staff", "list", "corner-spa").output
    made = operator.asks("staff", "invite", "corner-spa", "ada@bakery.example", "--role", "owner", "--language", "fr")
    assert (made["address"], made["role"], made["state"]) == ("ada@bakery.example", "owner", "invited")
    assert "owner       invited   ada@bakery.example" in operator.types("staff", "list", "1001").output
    assert operator.types("staff", "withdraw", "corner-spa", "ADA@bakery.example").exit_code == 0
    assert operator.asks("staff", "list", "corner-spa") == []
    refused = operator.types("staff", "withdraw", "corner-spa", "ada@bakery.example")
    assert (refused.exit_code, "staff.invitation.unknown" in refused.stderr) == (1, True)


def test_roles_are_changed_and_people_let_go(operator: Operator) -> None:
    has_staff(operator, ada=Role.OWNER, bob=Role.CLERK)
    changed = operator.asks(
        "staff", "role", "corner-spa", "bob@bakery.example", "bookkeeper", "--reason", "month's end"
    )
    assert changed["role"] == "bookkeeper"
    ended = operator.types("staff", "end", "corner-spa", "bob@bakery.example", "--reason", "moved away")
    assert ended.exit_code == 0
    assert [one["address"] for one in operator.asks("staff", "list", "corner-spa")] == ["ada@bakery.example"]
    last = operator.types("staff", "end", "corner-spa", "ada@bakery.example", "--reason", "x")
    assert (last.exit_code, "staff.last_owner" in last.stderr) == (1, True)


def test_who_acts_for_somebody_is_bound_by_their_role_and_written_as_both(operator: Operator) -> None:
    has_staff(operator, ada=Role.OWNER, mia=Role.MANAGER)
    as_mia = ("--as", "mia@bakery.example")
    operator.asks("staff", "invite", "corner-spa", "bob@bakery.example", "--role", "clerk", *as_mia)
    assert audited(operator)[-1] == "operator for Mia staff.invited"
    refused = operator.types("staff", "invite", "corner-spa", "eve@bakery.example", "--role", "owner", *as_mia)
    assert (refused.exit_code, "staff.not_allowed" in refused.stderr) == (1, True)
    nobody = operator.types("staff", "withdraw", "corner-spa", "bob@bakery.example", "--as", "x@bakery.example")
    assert (nobody.exit_code, "staff.membership.unknown" in nobody.stderr) == (1, True)


def test_an_owner_is_confirmed_by_the_operator(operator: Operator) -> None:
    has_staff(operator, ada=Role.OWNER)
    again = operator.types("staff", "confirm", "corner-spa", "ada@bakery.example")
    assert (again.exit_code, "staff.membership.not_waiting" in again.stderr) == (1, True)
    shown = operator.asks("staff", "list", "corner-spa")
    assert (shown[0]["state"], shown[0]["accepted_with"]) == ("live", "Firefox 143 on Linux")


def test_the_last_resort_shows_a_link_once(operator: Operator) -> None:
    has_staff(operator, ada=Role.OWNER)
    shown = operator.types("staff", "recover", "ada@bakery.example", "--reason", "lost her telephone")
    assert shown.stdout.startswith("https://gifts.example.com/staff/recovery?token=")
    assert any(line.endswith("staff.recovered") and line.startswith("cli:") for line in audited(operator))
    unknown = operator.types("staff", "recover", "x@bakery.example", "--reason", "lost")
    assert (unknown.exit_code, "staff.person.unknown" in unknown.stderr) == (1, True)
