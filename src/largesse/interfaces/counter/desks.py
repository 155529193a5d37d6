"""The desk of whoever comes to a page, and how often numbers may be guessed there."""

from datetime import timedelta
from typing import Final

from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.dependencies import CounterDependencies
from largesse.services.counter import Desk
from largesse.web.shared_limits import SharedLimit

MISSES: Final = 30
MISSES_WITHIN: Final = timedelta(minutes=10)
MISSES_LONGEST: Final = timedelta(hours=1)


def desk_of(caller: CounterCaller) -> Desk:
    """Return where somebody works, as services take it."""
    return Desk(merchant=caller.merchant, where=caller.where, device_id=caller.device_id, actor=caller.actor)


def guesses_at_counters(deps: CounterDependencies) -> SharedLimit:
    """Return how many wrong numbers a device, or a person without one, may try: its own, whatever others do."""
    return SharedLimit(deps, "counter-numbers", most=MISSES, within=MISSES_WITHIN, longest=MISSES_LONGEST)


def guesser(caller: CounterCaller) -> str:
    """Return whose wrong numbers are counted."""
    return str(caller.device_id or caller.person.person_id)
