"""What is paid at a counter: names that stand in `payments.gateway`, where no gateway collects it."""

from enum import StrEnum
from typing import Final

MOVED: Final = "moved"
"""What was given back of another certificate, and paid for this one. The word is stored, and never renamed."""


class CounterTender(StrEnum):
    """How somebody paid at a counter. The words are stored, and never renamed."""

    CASH = "cash"
    """Into the drawer of the device."""
    TERMINAL = "terminal"
    """By card at a terminal, whose provider pays the day's batch to the bank."""
    TILL = "till"
    """At the merchant's own till, which books the sale."""
