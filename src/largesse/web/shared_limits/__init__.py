"""Bounds that all processes count together, in the database: against guessing, and against filling it.

A try is counted by one conditional statement before anything is looked up, and given back where it was right: however
many come at once, no more pass than the bound. Who is counted stands in the table as a keyed digest only.

A visitor who used the bound up waits until its window ends; the next window is twice as long, and so on up to
`longest`; after a window that was not used up it is as short as at first. `overall` bounds what everybody uses
together: beyond it only those are closed out who used anything of theirs, for whom strangers may close a page they can
close for ever.
"""

from largesse.web.shared_limits.limit import LimitAttempt, LimitDependencies, SharedLimit, Taken
from largesse.web.shared_limits.store import FORGET_AT_ONCE, forget_ended
