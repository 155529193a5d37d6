"""Why something is refused at a counter.

InvalidInput
├── BillEmpty             counter.bill.empty
├── BillCurrenciesDiffer  counter.bill.currencies
└── PictureUnfit          counter.picture.unfit
NotFound
├── ActUnknown            counter.act.unknown
└── TabUnknown            counter.tab.unknown
Conflict
├── NumberIsSample        counter.number.sample
├── UndoTooLate           counter.undo.too_late
├── UndoDayOver           counter.undo.day_over
├── UndoElsewhere         counter.undo.elsewhere
├── UsedSince             counter.undo.used_since
└── TabOver               counter.tab.over
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class BillEmpty(InvalidInput):
    """A bill takes nothing from any certificate."""

    code = "counter.bill.empty"
    message = "Nothing would be taken. Type what the bill comes to, or take the whole certificate."


class BillCurrenciesDiffer(InvalidInput):
    """Certificates of one bill are in different currencies."""

    code = "counter.bill.currencies"
    message = "These certificates are in different currencies. Take the bill in two parts, one for each."


class PictureUnfit(InvalidInput):
    """What was sent as a picture cannot be looked at."""

    code = "counter.picture.unfit"
    message = "This is no picture that can be read: send a JPEG, PNG or WebP of at most 8 MB and 24 million pixels."


class NumberIsSample(Conflict):
    """A number is printed on a sample, and worth nothing."""

    code = "counter.number.sample"
    message = "This is a sample and worth nothing: it shows what a certificate looks like."


class ActUnknown(NotFound):
    """The merchant knows no such act at a counter."""

    code = "counter.act.unknown"
    message = "Nothing of that id was done at this merchant's counters."


class UndoElsewhere(Conflict):
    """Somebody else did it, or it was done on another device."""

    code = "counter.undo.elsewhere"
    message = "Only who did it undoes it, on the device on which it was done; with an approval, others do."


class UndoTooLate(Conflict):
    """The minutes are over in which somebody undoes what they did by themselves."""

    code = "counter.undo.too_late"
    message = "The minutes for this are over. Somebody who may approve has to undo it with you."


class UndoDayOver(Conflict):
    """The business day is over on which it was done."""

    code = "counter.undo.day_over"
    message = "The day on which this was done is over, so it is not undone any more: give the money back as a refund."


class UsedSince(Conflict):
    """Something was done with the certificate after what shall be undone."""

    code = "counter.undo.used_since"
    message = "The certificate was used again since. Undo the later use first, or give the money back as a refund."


class TabUnknown(NotFound):
    """There is no such open tab at the location."""

    code = "counter.tab.unknown"
    message = "There is no such open tab here. Somebody may have closed it: look at the list again."


class TabOver(Conflict):
    """The time of a tab is over."""

    code = "counter.tab.over"
    message = "The time of this tab is over, and nothing is set aside any more. Redeem what is still there."
