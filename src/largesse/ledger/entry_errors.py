"""Why an entry of a subject that is no certificate is refused.

LargesseError
├── InvalidInput
│   ├── EntryRefused             entry.refused
│   ├── EntryAmountRefused       entry.amount.refused
│   ├── EntryPartyRefused        entry.party.refused
│   ├── EntryItemRefused         entry.open_item.refused
│   └── EntryTaxRefused          entry.tax.refused
├── NotFound
│   └── EntryNotFound            entry.not_found
└── Conflict
    ├── SubjectMismatch          entry.subject.mismatch
    └── EntryUndone              entry.already_undone
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class EntryRefused(InvalidInput):
    """No such entry is booked there."""

    code = "entry.refused"
    message = (
        "Nothing of that kind and reason is booked there: docs/internals/postings.md lists what is. A manual entry is "
        "the merchant's own, has a reason and a memo, and runs between two accounts that are no certificate's."
    )


class EntryAmountRefused(InvalidInput):
    """An entry has no use for the amount, or for the other end."""

    code = "entry.amount.refused"
    message = (
        "Name an amount above zero in a currency of ISO 4217; the other currency and its amount, or the other legal "
        "entity, where money goes from one to another, and only there."
    )


class EntryPartyRefused(InvalidInput):
    """An entry names nobody whose account it moves, or somebody whose account it does not move."""

    code = "entry.party.refused"
    message = "Name the partner whose receivable or credit changes, and only where one does."


class EntryItemRefused(InvalidInput):
    """An entry does not say which open item it opens or closes, or names one that it does not."""

    code = "entry.open_item.refused"
    message = "Name the payment, refund, dispute, payout, deposit, statement line, day or invoice that it is about."


class EntryTaxRefused(InvalidInput):
    """An entry of tax does not say what it is computed from, or another one does."""

    code = "entry.tax.refused"
    message = "An entry of tax names country, rate and taxable amount, and its amount is the tax; others name none."


class EntryNotFound(NotFound):
    """There is no operation to undo there."""

    code = "entry.not_found"
    message = "That operation has booked nothing there that can be undone so."


class SubjectMismatch(Conflict):
    """A subject is of another kind."""

    code = "entry.subject.mismatch"
    message = "That id belongs to something of another kind. Check which account it is about."


class EntryUndone(Conflict):
    """An operation was undone before."""

    code = "entry.already_undone"
    message = "That was undone already; it is undone once."
