"""What every flow works with, in one value. Made by `app/wiring.py`, and by tests."""

from dataclasses import dataclass

from largesse.db import Database
from largesse.flows.account_orders import AccountOrders
from largesse.kernel.clock import Clock
from largesse.kernel.passwords import Passwords
from largesse.kernel.sealing import KeyCustody
from largesse.ledger.engine import Ledger
from largesse.outbox import Reach, Sender


@dataclass(frozen=True, kw_only=True)
class House:
    """Hold the database, the time, the keys, the ledger, what takes orders on account, and what checks passwords.

    `base_url` is where the public reaches the house, without a slash at the end: `https://gifts.example.com`. `sender`
    posts to receivers, and `reach` says where they may be.
    """

    database: Database
    clock: Clock
    keyring: KeyCustody
    ledger: Ledger
    orders_on_account: AccountOrders
    passwords: Passwords
    base_url: str
    sender: Sender
    reach: Reach
