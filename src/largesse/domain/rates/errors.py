"""Why a rate is refused, or missing.

LargesseError
├── InvalidInput
│   └── RateInvalid    rate.invalid
└── Conflict
    └── RateMissing    rate.missing
"""

from largesse.kernel.errors import Conflict, InvalidInput


class RateInvalid(InvalidInput):
    """A rate, its currency, its day or its source is none."""

    code = "rate.invalid"
    message = "The rates cannot be kept as they stand. Correct what is listed."


class RateMissing(Conflict):
    """No rate of a currency is known of a day, or of the month before it."""

    code = "rate.missing"

    def __init__(self, currency: str, day: str) -> None:
        super().__init__(f"There is no rate of {currency} on {day} or in the month before. Keep one: `largesse rate`.")
