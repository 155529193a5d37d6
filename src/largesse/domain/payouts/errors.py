"""Why a file of payouts is refused.

LargesseError
├── InvalidInput
│   ├── PayoutFileInvalid    payout.file.invalid
│   └── PayoutDiffers        payout.differs
"""

from largesse.kernel.errors import InvalidInput


class PayoutFileInvalid(InvalidInput):
    """A file of payouts lacks columns, or cells cannot be read."""

    code = "payout.file.invalid"
    message = "The file cannot be read as payouts. Correct what is listed, or export it from the gateway once more."


class PayoutDiffers(InvalidInput):
    """A payout that was taken before is told with other amounts."""

    code = "payout.differs"
    message = "This payout was taken before, with other amounts. Ask the gateway what has changed; nothing was taken."
