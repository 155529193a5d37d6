"""Networks of a merchant, and what is bound to them."""

import ipaddress
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound

NETWORKS_MAX: Final = 50
NETWORK_NAME_MAX: Final = 60

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NetworkInvalid(InvalidInput):
    """Refuse what is no network."""

    code = "network.invalid"
    message = "Write an address such as 192.0.2.7 or a network such as 192.0.2.0/24, and a name for it."


class NetworkUnknown(NotFound):
    """The merchant has no such network."""

    code = "network.unknown"
    message = "This merchant has no such network. `largesse network list` shows them all."


class NetworksEmpty(Conflict):
    """Refuse to bind something to no network at all."""

    code = "network.none"
    message = "No network is on the list, so nobody could come in. Add one first."


class OutsideNetworks(Forbidden):
    """Somebody comes from a network that is not on the merchant's list."""

    code = "network.outside"
    message = (
        "This merchant lets nobody in from this network. Come from one that is on the list; "
        "`largesse network unbind` on the server lets everybody in again."
    )


class WorkNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """One network of a merchant."""

    network: Network
    name: str
    made_at: datetime


class WorkNetworks(msgspec.Struct, frozen=True, kw_only=True):
    """The networks of a merchant, and what may be used from there alone."""

    merchant_id: UUID
    networks: tuple[WorkNetwork, ...] = ()
    binds_office: bool = False
    binds_tills: bool = False

    def hold(self, address: str) -> bool:
        """Return whether an address is in one of them."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in one.network for one in self.networks if one.network.version == found.version)

    def demand_office(self, address: str) -> None:
        """Let somebody into the office.

        Raises:
            OutsideNetworks: it is bound to the networks, and they come from elsewhere.
        """
        if self.binds_office and not self.hold(address):
            raise OutsideNetworks

    def demand_till(self, address: str, *, has_key: bool) -> None:
        """Let a device work; one without a key of its own does nowhere else.

        Raises:
            OutsideNetworks: it is not in the networks, and has to be.
        """
        if (self.binds_tills or not has_key) and not self.hold(address):
            raise OutsideNetworks


def read_network(text: str, name: str) -> tuple[Network, str]:
    """Return a network and its name as somebody typed them; an address alone is a network of one.

    Raises:
        NetworkInvalid: it is none, or the name cannot stand.
    """
    shown = name.strip()
    try:
        network = ipaddress.ip_network(text.strip()[:60], strict=False)
    except ValueError:
        raise NetworkInvalid(fields=[FieldError("network", NetworkInvalid.code, NetworkInvalid.message)]) from None
    if not 0 < len(shown) <= NETWORK_NAME_MAX or not shown.isprintable():
        raise NetworkInvalid(fields=[FieldError("name", NetworkInvalid.code, NetworkInvalid.message)])
    return network, shown
