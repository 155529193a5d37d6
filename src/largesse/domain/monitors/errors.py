"""Why a monitor is refused."""

from largesse.kernel.errors import InvalidInput, NotFound


class MonitorInvalid(InvalidInput):
    """What was typed is no monitor: what it watches, of what, or its bound."""

    code = "monitor.invalid"
    message = "The monitor cannot be kept as typed. Correct what is listed."


class MonitorUnknown(NotFound):
    """There is no such monitor of the merchant."""

    code = "monitor.unknown"
    message = "There is no such monitor. `largesse monitor list` shows them."
