"""Which addresses are in a merchant's networks, and what is refused outside."""

from uuid import UUID

import pytest

from largesse.domain.networks import NetworkInvalid, OutsideNetworks, WorkNetwork, WorkNetworks, read_network
from tests.builders.application import NOW


def networks(*texts: str, office: bool = False, tills: bool = False) -> WorkNetworks:
    found = tuple(WorkNetwork(network=read_network(one, "x")[0], name="x", made_at=NOW) for one in texts)
    return WorkNetworks(merchant_id=UUID(int=1), networks=found, binds_office=office, binds_tills=tills)


@pytest.mark.parametrize(
    "address, held",
    [
        ("192.0.2.9", True),
        ("192.0.3.9", False),
        ("::ffff:192.0.2.9", True),
        ("2001:db8::7", True),
        ("", False),
        ("x", False),
    ],
)
def test_an_address_is_in_a_network_or_not(address: str, *, held: bool) -> None:
    assert networks("192.0.2.0/24", "2001:db8::/48").hold(address) is held


@pytest.mark.parametrize(
    "text, name", [("", "x"), ("shop", "x"), ("192.0.2.0/33", "x"), ("192.0.2.1", ""), ("192.0.2.1", "x" * 61)]
)
def test_what_is_no_network_or_has_no_name_is_refused(text: str, name: str) -> None:
    with pytest.raises(NetworkInvalid) as refused:
        read_network(text, name)
    assert refused.value.code == "network.invalid"


def test_an_address_alone_is_a_network_of_one() -> None:
    assert str(read_network("192.0.2.7", "Shop")[0]) == "192.0.2.7/32"
    assert str(read_network("192.0.2.7/24", "Shop")[0]) == "192.0.2.0/24"


def test_only_what_is_bound_is_refused_outside() -> None:
    networks("192.0.2.0/24").demand_office("198.51.100.1")
    networks("192.0.2.0/24", office=True).demand_office("192.0.2.1")
    with pytest.raises(OutsideNetworks) as refused:
        networks("192.0.2.0/24", office=True).demand_office("198.51.100.1")
    assert refused.value.code == "network.outside"
    networks("192.0.2.0/24", office=True).demand_till("198.51.100.1", has_key=True)
    for bound, has_key in ((networks("192.0.2.0/24", tills=True), True), (networks("192.0.2.0/24"), False)):
        with pytest.raises(OutsideNetworks):
            bound.demand_till("198.51.100.1", has_key=has_key)
