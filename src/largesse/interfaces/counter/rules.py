"""Who may come to a page of the counter: said beside each route, enforced in one place, read by the test of all."""

from enum import StrEnum
from typing import Final

import msgspec

from largesse.domain.staff import Act

OPTION: Final = "counter_rule"
"""The key under which a route carries its rule."""


class CounterNeed(StrEnum):
    """What a page of the counter asks of whoever comes."""

    NOTHING = "nothing"
    """It asks for what they know or have itself: a code, or the device's key and a PIN."""
    SOMEBODY = "somebody"
    """Somebody whose role allows the act, wherever they stand: the page on which the location is chosen."""
    AT_LOCATION = "at_location"
    """The same at a location: that of the device, or the one that was chosen."""


class CounterRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come to a page. `back` is the page to come back to from elsewhere, where it is another.

    `looks` is where what was typed is shown again without being done: for who comes back to a device that had locked.
    A page that `acts` moves money or value: on a device that asks for the PIN before each act, one unlocking is good
    for one of them. A `quiet` one is asked for by the page itself, which keeps nobody's device from locking.
    """

    need: CounterNeed = CounterNeed.AT_LOCATION
    act: Act = Act.COUNTER
    back: str = ""
    looks: str = ""
    acts: bool = False
    quiet: bool = False


AT_COUNTER: Final = CounterRule()
"""The rule of most pages: whoever may work at the counter."""
ACTING: Final = CounterRule(acts=True)
"""The same, of what moves money or value."""
WAITING: Final = CounterRule(quiet=True)
"""The same, of what a page asks for while it waits."""
CHOOSING: Final = CounterRule(need=CounterNeed.SOMEBODY)
ENTRANCE: Final = CounterRule(need=CounterNeed.NOTHING)


def at_counter_for(act: Act, *, back: str = "", acts: bool = False) -> CounterRule:
    """Return the rule of a page of the counter on which something is done that not everybody there may."""
    return CounterRule(act=act, back=back, acts=acts)
