"""What the periodic duties remember: which clocks they have seen."""

from largesse.domain.duties.store import accept_clock, read_clocks
