"""`largesse ledger seal`, `seals`, `export-sealed`, as an operator types them."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.application import NOW
from tests.fakes.clock import StillClock
from tests.integration.interfaces.cli.test_commands import Operator

CHECKER = Path(__file__).parents[4] / "docs" / "check_seal.py"


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_journal_is_sealed_listed_exported_and_checked(operator: Operator, tmp_path: Path) -> None:
    number = operator.has_card()
    operator.types("merchant", "add", "lake-inn", "--name", "Lake Inn", "--number", "1002", "--prefix", "LK",
                   "--contact-email", "owner@example.com")  # fmt: skip
    assert operator.types("ledger", "seals", "corner-spa").stdout == "Nothing is sealed yet.\n"
    first = operator.types("ledger", "seal")
    assert first.exit_code == 0
    assert "corner-spa: seal 1, 2026-11-22 15:00:00 UTC, 1 subjects, 1 rows, " in first.stdout
    assert "lake-inn: nothing was recorded since the last seal" in first.stdout
    operator.clock = StillClock(NOW + timedelta(hours=1))
    operator.asks("certificate", "redeem", number, "25.00")
    assert "corner-spa: seal 2" in operator.types("ledger", "seal", "corner-spa").stdout
    assert "nothing was recorded" in operator.types("ledger", "seal", "1001").stdout

    listed = operator.asks("ledger", "seals", "corner-spa")
    assert [(one["number"], one["row_count"]) for one in listed] == [(1, 1), (2, 2)]
    assert listed[1]["previous"] == listed[0]["hash"]
    file, lines = tmp_path / "sealed.jsonl", []
    for arguments, seal in (((), listed[1]), (("--seal", "1"), listed[0])):
        done = operator.types("ledger", "export-sealed", "corner-spa", *arguments, "--to", str(file))
        assert done.exit_code == 0, done.output
        assert f"{seal['row_count']} rows written" in done.stderr
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert lines[0]["hash"] == seal["hash"]
        assert lines[0]["cut"].endswith(".000000Z")
        assert [line["seq"] for line in lines[1:]] == list(range(1, seal["row_count"] + 1))
        assert number not in file.read_text()
        ran = subprocess.run([sys.executable, "-I", str(CHECKER), str(file), seal["hash"]], check=False, timeout=60)
        assert ran.returncode == 0
    printed = operator.types("ledger", "export-sealed", "corner-spa", "--seal", "1", "--to", "-")
    assert json.loads(printed.stdout.splitlines()[0]) == lines[0]
    assert "clean" in operator.types("ledger", "verify").output


def test_what_is_not_there_is_said(operator: Operator, tmp_path: Path) -> None:
    operator.has_card()
    missing = operator.types("ledger", "export-sealed", "corner-spa", "--to", str(tmp_path / "x"))
    assert (missing.exit_code, "seal.not_found" in missing.stderr) == (1, True)
    assert list(tmp_path.glob("*x*")) == []
    assert operator.types("ledger", "seal", "nobody").exit_code == 1


def test_a_seal_that_was_forged_is_found(operator: Operator) -> None:
    operator.has_card()
    operator.types("ledger", "seal")

    async def forge(application: CommandDependencies) -> None:
        async with application.database.connection() as connection:
            await connection.execute("ALTER TABLE seals DISABLE TRIGGER seals_are_append_only")
            await connection.execute("UPDATE seals SET totals = ''")

    Runtime(operator.application).run(forge)
    found = operator.types("ledger", "verify", "--json")
    assert found.exit_code == 1
    assert [json.loads(line)["subject"] for line in found.stdout.splitlines()] == ["seal 1"]
