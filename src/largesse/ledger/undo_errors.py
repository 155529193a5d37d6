"""Why a redemption is not undone where it was: its value is somewhere else by now, or nowhere.

LargesseError
└── Conflict
    ├── ValueMoved               redemption.undo.moved
    └── UndoEnded                redemption.undo.ended
"""

from largesse.kernel.errors import Conflict


class ValueMoved(Conflict):
    """What a redemption was of has moved on to another certificate."""

    code = "redemption.undo.moved"
    message = "The rest of this value moved to another certificate meanwhile. Try again; it is undone there."


class UndoEnded(Conflict):
    """A redemption cannot be undone: the certificate that carries its value has ended."""

    code = "redemption.undo.ended"
    message = (
        "The certificate that carries this value now has ended, so nothing comes back on it. Give the guest credit for "
        "it instead, on a new certificate."
    )
