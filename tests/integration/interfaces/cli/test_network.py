"""`largesse network`, as an operator types it."""

from pathlib import Path

import pytest

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


def test_networks_are_listed_bound_and_let_go_again(operator: Operator) -> None:
    assert "from everywhere" in operator.types("network", "list", "corner-spa").output
    refused = operator.types("network", "bind", "corner-spa", "--office", "--no-tills")
    assert (refused.exit_code, "network.none" in refused.stderr) == (1, True)
    made = operator.asks("network", "add", "corner-spa", "192.0.2.7/24", "--name", "Shop")
    assert made["networks"] == [{"network": "192.0.2.0/24", "name": "Shop"}]
    assert operator.asks("network", "bind", "corner-spa", "--office", "--tills")["office"] is True
    assert "office, tills" in operator.types("network", "list", "corner-spa").output
    assert operator.types("network", "remove", "corner-spa", "192.0.2.0/24").exit_code == 1
    assert operator.asks("network", "unbind", "corner-spa")["tills"] is False
    assert operator.asks("network", "remove", "corner-spa", "192.0.2.0/24")["networks"] == []
