"""Why an account of a bank, or what a bank says of one, is refused.

LargesseError
├── InvalidInput
│   ├── BankAccountInvalid       bank.account.invalid
│   ├── BankColumnsInvalid       bank.columns.invalid
│   ├── BankFileOfOtherBank      bank.file.other_bank
│   ├── BankFileOfOtherAccount   bank.file.other_account
│   ├── BankFileInOtherCurrency  bank.file.other_currency
│   ├── BankFileCut              bank.file.cut
│   ├── BankFileRepeats          bank.file.line_twice
│   ├── BankFileUnbalanced       bank.file.balance
│   ├── BankFileEmpty            bank.file.empty
│   ├── BankFileTooLong          bank.file.too_long
│   ├── PaymentInvalid           payment.booking.invalid
│   └── MatchInvalid             bank.match.invalid
├── NotFound
│   ├── BankAccountUnknown       bank.account.unknown
│   ├── BankLineUnknown          bank.line.unknown
│   ├── BankMatchUnknown         bank.match.unknown
│   └── PartnerPaymentUnknown    partner.payment.unknown
└── Conflict
    ├── BankAccountTaken         bank.account.taken
    ├── BankAccountRetired       bank.account.retired
    ├── BankColumnsMissing       bank.columns.missing
    ├── LineMatched              bank.line.matched
    ├── SuggestionGone           bank.suggestion.gone
    ├── PaymentUsed              partner.payment.used
    └── MatchUndone              bank.match.undone
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class BankAccountInvalid(InvalidInput):
    """What was typed is no account."""

    code = "bank.account.invalid"
    message = "The account cannot be kept as typed. Correct what is listed."


class BankColumnsInvalid(InvalidInput):
    """What was said of the columns of a CSV does not fit, or a cell below them cannot be read."""

    code = "bank.columns.invalid"
    message = "The file cannot be read by these columns. Correct what is listed."


class BankFileOfOtherBank(InvalidInput):
    """A file is about an account at another bank."""

    code = "bank.file.other_bank"
    message = "This file is of another bank. Choose the account that it is about."


class BankFileOfOtherAccount(InvalidInput):
    """A file is about another account at the same bank."""

    code = "bank.file.other_account"
    message = "This file is about another account. Choose the account that it is about."


class BankFileInOtherCurrency(InvalidInput):
    """A file is about the account in another currency."""

    code = "bank.file.other_currency"
    message = "This file is in another currency than the account. An account has one currency: keep another for it."


class BankFileCut(InvalidInput):
    """A file ends in the middle."""

    code = "bank.file.cut"
    message = "The file is not whole: its end, or a part in the middle, is missing. Fetch it once more."


class BankFileRepeats(InvalidInput):
    """A file has the same movement twice."""

    code = "bank.file.line_twice"
    message = "The file has a movement twice. Fetch it once more; if these are two payments, say so."


class BankFileUnbalanced(InvalidInput):
    """What a file says stood on the account at its end is not what its movements lead to."""

    code = "bank.file.balance"
    message = "The movements do not lead from the opening to the closing balance. Fetch the file once more."


class BankFileEmpty(InvalidInput):
    """A file has no movement and no balance."""

    code = "bank.file.empty"
    message = "There is no movement in this file."


class BankFileTooLong(InvalidInput):
    """A file has more movements than are booked at once."""

    code = "bank.file.too_long"
    message = "The file has more than 20000 movements, and is booked as a whole. Ask the bank for shorter periods."


class BankAccountUnknown(NotFound):
    """There is no such account."""

    code = "bank.account.unknown"
    message = "There is no bank account of that name or number. `largesse bank list` tells which there are."


class BankLineUnknown(NotFound):
    """There is no such line."""

    code = "bank.line.unknown"
    message = "There is no such line of a statement."


class BankAccountTaken(Conflict):
    """The merchant has that account already, or another of that name."""

    code = "bank.account.taken"
    message = "There is an account of that number and currency, or of that name, already."


class BankAccountRetired(Conflict):
    """An account is not used any more."""

    code = "bank.account.retired"
    message = "This account is not used any more. Take it into use again first."


class BankColumnsMissing(Conflict):
    """A CSV was brought, and nobody has said yet what its columns mean."""

    code = "bank.columns.missing"
    message = "Say once what the columns of this bank's CSV mean; that is remembered with the account."


class PaymentInvalid(InvalidInput):
    """What was typed of a payment cannot be booked."""

    code = "payment.booking.invalid"
    message = "The payment cannot be booked as typed. Correct what is listed."


class MatchInvalid(InvalidInput):
    """A line cannot be for that: the amounts, the currency, the partner or the direction."""

    code = "bank.match.invalid"
    message = "The line cannot be for that. Check amount, currency and partner."


class BankMatchUnknown(NotFound):
    """There is no such match."""

    code = "bank.match.unknown"
    message = "There is no such match."


class PartnerPaymentUnknown(NotFound):
    """There is no such payment of a partner."""

    code = "partner.payment.unknown"
    message = "There is no such payment of a partner."


class LineMatched(Conflict):
    """Somebody else has said meanwhile what a line is for."""

    code = "bank.line.matched"
    message = "Somebody else has matched this line meanwhile. Look at it once more."


class PaymentUsed(Conflict):
    """Less of a payment is left than was to be set against an invoice, or it does not stand any more."""

    code = "partner.payment.used"
    message = "Less than that is left of the payment. Look at it once more."


class MatchUndone(Conflict):
    """A match was undone before."""

    code = "bank.match.undone"
    message = "This was undone already."


class SuggestionGone(Conflict):
    """What was suggested for a line is suggested no more: an invoice was settled, or the line matched, meanwhile."""

    code = "bank.suggestion.gone"
    message = "What was suggested does not fit any more. Look at the line once more."
