"""`largesse api-key`, as an operator types it."""

from pathlib import Path

import pytest

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

ONE_CALL = """
INSERT INTO program_calls
    (merchant_id, call_id, called_at, request_id, program_id, program, live, method, path, status, duration_ms,
    body_bytes, body, faults)
SELECT merchant_id, merchant_id, now(), 'till-00001', merchant_id, 'Till', true, 'POST', '/api/v1/certificates/redeem',
    400, 5, 12, '{}', ARRAY['amount field.required']
FROM merchants
"""


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


def test_a_key_is_made_listed_rotated_and_revoked(operator: Operator) -> None:
    assert "No key yet" in operator.types("api-key", "list", "corner-spa").output
    scopes = ("--scope", "certificates:read", "--scope", "certificates:redeem")
    made = operator.asks("api-key", "make", "corner-spa", "--name", "Till", "--expires-in", "90d", *scopes)
    assert made["key"].startswith("lg_live_")
    shown = operator.types("api-key", "make", "corner-spa", "--name", "Trial", "--test", *scopes)
    assert shown.output.startswith("lg_test_")
    listed = operator.types("api-key", "list", "corner-spa").output
    assert made["key"] not in listed
    assert (listed.count("works"), listed.count("never used")) == (2, 2)
    assert operator.asks("api-key", "rotate", "corner-spa", made["key"][-4:], "--overlap", "0")["key"] != made["key"]
    assert "revoked" in operator.types("api-key", "revoke", "corner-spa", made["key_id"], "--reason", "lost").output
    found = operator.asks("api-key", "list", "corner-spa")
    assert sum(one["revoked_at"] is not None for one in found) == 1


def test_requests_of_programs_are_looked_up(operator: Operator) -> None:
    assert "No request is kept" in operator.types("api-key", "requests", "corner-spa").output
    assert operator.asks("api-key", "requests", "corner-spa", "--request-id", "till-00001") == []

    async def work(_: CommandDependencies) -> None:
        async with operator.application() as application, application.database.connection() as connection:
            await connection.execute(ONE_CALL)

    Runtime(operator.application).run(work)
    assert (
        "400  POST /api/v1/certificates/redeem  till-00001"
        in operator.types("api-key", "requests", "corner-spa").output
    )
    told = operator.types("api-key", "requests", "corner-spa", "--request-id", "till-00001").output
    assert "amount field.required" in told
    [one] = operator.asks("api-key", "requests", "corner-spa", "--request-id", "till-00001")
    assert (one["status"], one["body"]) == (400, "{}")


def test_what_cannot_be_made_is_told(operator: Operator) -> None:
    refused = operator.types("api-key", "make", "corner-spa", "--name", "Till", "--scope", "all")
    assert (refused.exit_code, "program_key.scopes" in refused.stderr) == (1, True)
    assert operator.types("api-key", "revoke", "corner-spa", "abcd", "--reason", "x").exit_code == 1
