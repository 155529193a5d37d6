"""The tables of a merchant's networks."""

import ipaddress
from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.networks.model import Network, NetworksEmpty, NetworkUnknown, WorkNetwork, WorkNetworks

_queries = load(__package__)


async def work_networks(connection: Connection, merchant_id: UUID) -> WorkNetworks:
    """Return the networks of a merchant, and what is bound to them."""
    rule = await connection.fetchrow(_queries.rules, merchant_id)
    rows = await connection.fetch(_queries.networks, merchant_id)
    return WorkNetworks(
        merchant_id=merchant_id,
        networks=tuple(
            WorkNetwork(network=ipaddress.ip_network(str(row["network"])), name=row["name"], made_at=row["made_at"])
            for row in rows
        ),
        binds_office=bool(rule and rule["binds_office"]),
        binds_tills=bool(rule and rule["binds_tills"]),
    )


async def add_network(connection: Connection, merchant_id: UUID, network: Network, name: str, *, now: datetime) -> None:
    """Write one more network, or another name for one."""
    await connection.execute(_queries.add_network, merchant_id, network, name, now)


async def remove_network(connection: Connection, merchant_id: UUID, network: Network) -> None:
    """Take a network off the list.

    Raises:
        NetworkUnknown: it is not on it.
        NetworksEmpty: it is the last one, and something is bound to it.
    """
    if await connection.execute(_queries.remove_network, merchant_id, network) != "DELETE 1":
        raise NetworkUnknown
    left = await work_networks(connection, merchant_id)
    if not left.networks and (left.binds_office or left.binds_tills):
        raise NetworksEmpty


async def bind_networks(connection: Connection, merchant_id: UUID, *, office: bool, tills: bool) -> None:
    """Bind the office or the tills to the networks, or let them be used from everywhere.

    Raises:
        NetworksEmpty: there is no network.
    """
    if (office or tills) and not (await work_networks(connection, merchant_id)).networks:
        raise NetworksEmpty
    await connection.execute(_queries.bind_networks, merchant_id, office, tills)
