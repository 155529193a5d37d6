"""How long this process waits before it gives up: each limit as it is written, times what the operator says.

Limits are for people who wait, and for machines that keep up. Where a machine is slow or shared, or stops for a moment
now and then, `LARGESSE_TIME_LIMITS` stretches all of them alike, so that none overtakes another. It is a matter of the
process, as its machine is, and so it is held here and not handed through every call.
"""


class _Stretched:
    times: int = 1


def stretch(times: int) -> None:
    """Let every limit of this process be so many times as long as it is written, from now on."""
    _Stretched.times = times


def limit(seconds: float) -> float:
    """Return how many seconds a limit that is written as `seconds` is in this process."""
    return seconds * _Stretched.times
