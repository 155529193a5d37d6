"""What every flow works with, in one value. Made by `app/wiring.py`, and by tests."""

from dataclasses import dataclass

from largesse.db import Database
from largesse.kernel.clock import Clock
from largesse.kernel.sealing import KeyCustody
from largesse.ledger.engine import Ledger


@dataclass(frozen=True, kw_only=True)
class House:
    """Hold the database, the time, the keys and the ledger.

    `base_url` is where the public reaches the house, without a slash at the end: `https://gifts.example.com`.
    """

    database: Database
    clock: Clock
    keyring: KeyCustody
    ledger: Ledger
    base_url: str
