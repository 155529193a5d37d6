"""The networks of a merchant: whatever is changed of them is written to the audit log."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import networks
from largesse.domain.merchants import Merchant
from largesse.domain.networks import NETWORKS_MAX, NetworkInvalid, read_network
from largesse.domain.staff import Audited, ByWhom
from largesse.services.staff import Manager


async def put_network(
    connection: Connection,
    merchant: Merchant,
    text: str,
    name: str,
    *,
    by: Manager,
    why: str | None = None,
    now: datetime,
) -> None:
    """Add a network to a merchant's list, or give it another name.

    Raises:
        NetworkInvalid: it is none, or there are too many.
    """
    network, shown = read_network(text, name)
    if len((await networks.work_networks(connection, merchant.merchant_id)).networks) >= NETWORKS_MAX:
        raise NetworkInvalid
    await networks.add_network(connection, merchant.merchant_id, network, shown, now=now)
    await _record(connection, merchant, f"added {network} ({shown})", by=by, why=why, now=now)


async def take_network(
    connection: Connection, merchant: Merchant, text: str, *, by: Manager, why: str | None = None, now: datetime
) -> None:
    """Take a network off a merchant's list.

    Raises:
        NetworkInvalid: it is none.
        NetworkUnknown: it is not on the list.
        NetworksEmpty: it is the last one, and something is bound to it.
    """
    network, _ = read_network(text, "-")
    await networks.remove_network(connection, merchant.merchant_id, network)
    await _record(connection, merchant, f"removed {network}", by=by, why=why, now=now)


async def change_binding(
    connection: Connection,
    merchant: Merchant,
    *,
    office: bool,
    tills: bool,
    by: Manager,
    why: str | None = None,
    now: datetime,
) -> None:
    """Let the office and the tills be used from the merchant's networks alone, or from everywhere.

    Raises:
        NetworksEmpty: there is no network.
    """
    await networks.bind_networks(connection, merchant.merchant_id, office=office, tills=tills)
    said = f"office {'bound' if office else 'free'}, tills {'bound' if tills else 'free'}"
    await _record(connection, merchant, said, by=by, why=why, now=now)


async def _record(
    connection: Connection, merchant: Merchant, detail: str, *, by: Manager, why: str | None, now: datetime
) -> None:
    who, about = ByWhom(actor=by.actor, why=why), merchant.merchant_id
    await who.record(connection, about, Audited.NETWORKS_CHANGED, subject=about, detail=detail, now=now)
