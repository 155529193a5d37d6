"""From which networks people of a merchant come, and whether the office or the tills may be used from there alone."""

from largesse.domain.networks.model import (
    NETWORKS_MAX,
    NetworkInvalid,
    NetworksEmpty,
    NetworkUnknown,
    OutsideNetworks,
    WorkNetwork,
    WorkNetworks,
    read_network,
)
from largesse.domain.networks.store import add_network, bind_networks, remove_network, work_networks
