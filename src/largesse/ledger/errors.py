"""Why the ledger refuses.

LargesseError
├── InvalidInput
│   ├── AmountRefused            amount.refused                     not a sensible amount for this command
│   ├── WrongCurrency            certificate.currency.mismatch
│   ├── FundingRefused           certificate.funding.refused
│   ├── TaxRefused               certificate.tax.refused
│   ├── RatesRefused             redemption.rates.refused
│   ├── RatesUnused              redemption.rates.unused
│   ├── TaxRateMissing           redemption.tax_rate.missing
│   ├── ReasonRefused            certificate.reason.refused
│   ├── VoidReasonMissing        certificate.reason.missing
│   ├── ReasonMissing            adjustment.reason.missing
│   ├── MemoRefused              memo.refused
│   ├── ClaimRefused             claim.refused
│   ├── AccountRefused           certificate.account.refused
│   └── SettlementRefused        settlement.refused
├── NotFound
│   ├── CertificateNotFound      certificate.not_found
│   ├── LotNotFound              certificate.lot.not_found
│   ├── ReloadNotFound           reload.not_found
│   ├── HoldNotFound             hold.not_found
│   ├── RedemptionNotFound       redemption.not_found
│   └── ExpiryNotFound           expiry.not_found
├── BooksMissing                 books.missing
└── Conflict
    ├── CertificateExists        certificate.exists
    ├── BalanceInsufficient      certificate.balance.insufficient
    ├── CertificateBlocked       certificate.blocked
    ├── CertificateNotBlocked    certificate.not_blocked
    ├── CertificateVoid          certificate.void
    ├── CertificateExpired       certificate.expired
    ├── CertificateNotExpired    certificate.not_expired
    ├── CertificateInactive      certificate.inactive
    ├── CertificateActivated     certificate.activated
    ├── CertificateHeld          certificate.held
    ├── RefundExceeded           certificate.refund.exceeded
    ├── LotsExceeded             certificate.lots.exceeded
    ├── CertificateEmpty         certificate.empty
    ├── CertificatePromotional   certificate.promotional
    ├── CertificatesDiffer       certificate.transfer.mismatch
    ├── ExtensionRefused         certificate.extension.refused
    ├── RedeemedTooOften         certificate.redeemed_too_often
    ├── HoldClosed               hold.closed
    ├── HoldExpired              hold.expired
    ├── HoldExceeded             hold.amount.exceeded
    ├── ReloadUsed               reload.used
    ├── CertificateHandedOver    certificate.handed_over
    ├── AlreadyReversed          redemption.already_reversed
    ├── AlreadyReinstated        expiry.already_undone
    └── OperationConflict        operation.conflict
"""

from largesse.kernel.errors import Conflict, InvalidInput, LargesseError, NotFound


class AmountRefused(InvalidInput):
    """An amount makes no sense for the command."""

    code = "amount.refused"
    message = "Name an amount above zero that the certificate can hold."


class WrongCurrency(InvalidInput):
    """The certificate is in another currency."""

    code = "certificate.currency.mismatch"
    message = "The certificate is in another currency. Ask for the amount in the certificate's own."


class FundingRefused(InvalidInput):
    """The account cannot pay for this class of value."""

    code = "certificate.funding.refused"
    message = (
        "Paid certificates are paid for, a partner's by the partner; promotional ones are given away, without "
        "discount, tax or gratuity."
    )


class TaxRefused(InvalidInput):
    """Value of one tax treatment does not belong to a certificate of another."""

    code = "certificate.tax.refused"
    message = (
        "The kind of tax is another than that of the certificate, or tax is included where none is due at sale. Use a "
        "certificate of the same kind of tax, and for single-purpose value of the same country and rate."
    )


class RatesRefused(InvalidInput):
    """The rates of a redemption do not add up to it, or one is named twice."""

    code = "redemption.rates.refused"
    message = (
        "The amounts at each tax rate add up to the value that is spent, each above zero, at rates of 0 to 100 % with "
        "four decimals at most, each rate once."
    )


class RatesUnused(InvalidInput):
    """Rates are named where no tax falls due by them."""

    code = "redemption.rates.unused"
    message = (
        "Rates are named for multi-purpose value alone, where Largesse books the sale: nothing is taxed by them here. "
        "Leave them out."
    )


class TaxRateMissing(InvalidInput):
    """Multi-purpose value is used, and nobody says at which rate."""

    code = "redemption.tax_rate.missing"
    message = (
        "Tax on this certificate falls due now, and no rate is known. Name the rates, or give the location a default "
        "rate (`largesse location set --default-rate`)."
    )


class ReasonRefused(InvalidInput):
    """A certificate is not voided for that."""

    code = "certificate.reason.refused"
    message = "A certificate is voided for `fraud`, because it is `unpaid`, or in `error`. Name one of them."


class VoidReasonMissing(InvalidInput):
    """The merchant would keep what somebody paid for, and nobody says why."""

    code = "certificate.reason.missing"
    message = "Somebody paid for what is left. Refund it, or say why it is voided: `fraud`, `unpaid` or `error`."


class ReasonMissing(InvalidInput):
    """An adjustment needs a reason."""

    code = "adjustment.reason.missing"
    message = "Say why the balance is corrected; the reason stands in the journal."


class MemoRefused(InvalidInput):
    """A memo cannot be kept."""

    code = "memo.refused"
    message = "A memo has at most 500 characters, and none that cannot be shown. Shorten it."


class ClaimRefused(InvalidInput):
    """A caller claims that something happened later than now, or before its device last heard of us."""

    code = "claim.refused"
    message = "That moment lies in the future, or before the device had last heard of us. Set the clock of that device."


class SettlementRefused(InvalidInput):
    """A settlement does not run between these accounts."""

    code = "settlement.refused"
    message = "Settle refunds and lost disputes against the clearing account, and by an amount above zero."


class AccountRefused(InvalidInput):
    """An account that what remains of a certificate cannot go to."""

    code = "certificate.account.refused"
    message = "What remains of this certificate cannot go to that account. Leave the account to its funding."


class BooksMissing(LargesseError):
    """A merchant has no books to post in."""

    code = "books.missing"
    message = "This merchant has no books. Open it with `largesse merchant create`, which opens them."


class CertificateNotFound(NotFound):
    """There is no such certificate."""

    code = "certificate.not_found"
    message = "There is no such certificate. Check the number and try again."


class LotNotFound(NotFound):
    """The certificate has no such lot that somebody paid for."""

    code = "certificate.lot.not_found"
    message = "This certificate has no such lot that somebody paid for. `largesse certificate show` lists them."


class ReloadNotFound(NotFound):
    """The certificate has no such reload."""

    code = "reload.not_found"
    message = "This certificate has no such reload."


class HoldNotFound(NotFound):
    """The certificate has no such hold."""

    code = "hold.not_found"
    message = "This certificate has no such hold."


class RedemptionNotFound(NotFound):
    """The certificate has no such redemption."""

    code = "redemption.not_found"
    message = "This certificate has no such redemption."


class ExpiryNotFound(NotFound):
    """An expiry that the certificate never had."""

    code = "expiry.not_found"
    message = "This certificate was not booked as expired, so there is nothing to undo."


class CertificateExists(Conflict):
    """The certificate has been issued before."""

    code = "certificate.exists"
    message = "A certificate of that id stands already; issue under a new one."


class BalanceInsufficient(Conflict):
    """Less remains than was asked for."""

    code = "certificate.balance.insufficient"
    message = "Less remains on the certificate than that. Look at what remains, and ask for that much at most."


class RefundExceeded(Conflict):
    """Less of what remains was paid for."""

    code = "certificate.refund.exceeded"
    message = "Less than that was paid for what remains: a correction or a gift added the rest. Refund less."


class LotsExceeded(Conflict):
    """A certificate was filled too often."""

    code = "certificate.lots.exceeded"
    message = "This certificate was filled too often to be filled again. Reissue it, and fill the new one."


class ReloadUsed(Conflict):
    """Nothing is left of a reload."""

    code = "reload.used"
    message = "Nothing is left of that reload: it was spent, or undone before."


class CertificateHandedOver(Conflict):
    """The certificate went to the state."""

    code = "certificate.handed_over"
    message = "The certificate was handed over to the state as unclaimed property. The state pays its holder."


class CertificateInactive(Conflict):
    """The certificate was never activated."""

    code = "certificate.inactive"
    message = "Nothing is on this certificate: it was not activated yet. The merchant activates it when it is sold."


class CertificateActivated(Conflict):
    """There is nothing to activate."""

    code = "certificate.activated"
    message = "This certificate is active, or was. To add value to it, reload it."


class CertificateBlocked(Conflict):
    """The certificate is blocked."""

    code = "certificate.blocked"
    message = "The certificate is blocked. The merchant can say why, and unblock it."


class CertificateNotBlocked(Conflict):
    """There is nothing to unblock."""

    code = "certificate.not_blocked"
    message = "The certificate is not blocked."


class CertificateVoid(Conflict):
    """The certificate was cancelled or replaced."""

    code = "certificate.void"
    message = "The certificate was cancelled or replaced by another; it has no value any more."


class CertificateExpired(Conflict):
    """Its last good day has passed."""

    code = "certificate.expired"
    message = "The certificate's last good day has passed."


class CertificateNotExpired(Conflict):
    """It is still good."""

    code = "certificate.not_expired"
    message = "The certificate is still good; it is booked as expired only after its last good day."


class CertificateHeld(Conflict):
    """Open holds stand in the way."""

    code = "certificate.held"
    message = "Part of the certificate is held for a tab. Capture or release the hold first."


class CertificateEmpty(Conflict):
    """Nothing remains to be moved."""

    code = "certificate.empty"
    message = "Nothing remains on the certificate."


class CertificatePromotional(Conflict):
    """What was given away cannot be paid back."""

    code = "certificate.promotional"
    message = "A promotional certificate was not paid for, so there is nothing to pay back; void it instead."


class CertificatesDiffer(Conflict):
    """Value cannot move between these two certificates."""

    code = "certificate.transfer.mismatch"
    message = (
        "Value moves only between two different certificates of one currency, one class of value and one kind of tax "
        "(single-purpose value of one country and rate), and never between one that a partner pays for and another."
    )


class ExtensionRefused(Conflict):
    """The new day is no extension."""

    code = "certificate.extension.refused"
    message = "Choose a last good day in the future that is later than the present one."


class RedeemedTooOften(Conflict):
    """The certificate was redeemed as often within the last hour as its merchant allows."""

    code = "certificate.redeemed_too_often"
    message = "This certificate was redeemed too often within the last hour. Try again later, or raise the limit."


class HoldClosed(Conflict):
    """The hold was captured or released before."""

    code = "hold.closed"
    message = "The hold was captured or released already."


class HoldExpired(Conflict):
    """The hold's time has passed."""

    code = "hold.expired"
    message = "The hold's time has passed; redeem from what remains instead."


class HoldExceeded(Conflict):
    """A capture asks for more than was held."""

    code = "hold.amount.exceeded"
    message = "A capture takes at most what the hold set aside; redeem the rest separately."


class AlreadyReversed(Conflict):
    """The redemption was undone before."""

    code = "redemption.already_reversed"
    message = "This redemption was undone already."


class AlreadyReinstated(Conflict):
    """An expiry that was undone before."""

    code = "expiry.already_undone"
    message = "This expiry was undone already."


class OperationConflict(Conflict):
    """An operation id was used for another request."""

    code = "operation.conflict"
    message = "This operation id was used for a different request. Use a new id for a new request."
