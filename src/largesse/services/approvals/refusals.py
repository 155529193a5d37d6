"""Why something is refused to people who work here: the same words at the counter and in the office. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from largesse.kernel.errors import LargesseError
from largesse.ui import Voice

_REFUSALS: Final[Mapping[str, Callable[[Voice], str]]] = {
    "certificate.balance.insufficient": lambda voice: voice.t("There is less left than that."),
    "certificate.expired": lambda voice: voice.t("It is no longer good."),
    "certificate.blocked": lambda voice: voice.t("It is blocked. A manager sees in the office why."),
    "certificate.void": lambda voice: voice.t("It was cancelled, paid out or replaced."),
    "certificate.inactive": lambda voice: voice.t("It was not activated yet."),
    "certificate.held": lambda voice: voice.t("Something of it is set aside for a tab. Close the tab first."),
    "certificate.empty": lambda voice: voice.t("Nothing is left on it."),
    "certificate.promotional": lambda voice: voice.t("It was given away, so it is not paid out."),
    "certificate.redeemed_too_often": lambda voice: voice.t("It was redeemed too often within the hour. Try later."),
    "redemption.entity.refused": lambda voice: voice.t("It counts only where it was sold: its tax was paid there."),
    "redemption.tax_rate.missing": lambda voice: voice.t(
        "This location has no tax rate yet. A manager sets it in the office, or with: largesse location set."
    ),
    "hold.closed": lambda voice: voice.t("Somebody closed this tab a moment ago."),
    "hold.expired": lambda voice: voice.t("The time of this tab is over. Redeem what is still there."),
    "hold.amount.exceeded": lambda voice: voice.t("That is more than the tab set aside. Add to the tab first."),
    "counter.bill.empty": lambda voice: voice.t("Nothing would be taken. Type an amount above zero."),
    "counter.bill.currencies": lambda voice: voice.t(
        "These certificates are in different currencies. Take the bill in two parts."
    ),
    "counter.tab.unknown": lambda voice: voice.t("There is no such open tab here any more."),
    "counter.tab.over": lambda voice: voice.t("The time of this tab is over. Redeem what is still there."),
    "counter.takes_no_money": lambda voice: voice.t(
        "No money is taken at this location. Have it paid on the buyer’s phone or by transfer."
    ),
    "counter.undo.too_late": lambda voice: voice.t(
        "The minutes for this are over. Somebody who may approve undoes it."
    ),
    "counter.undo.day_over": lambda voice: voice.t(
        "That day is over, so it is not undone any more: it is a refund now."
    ),
    "counter.undo.elsewhere": lambda voice: voice.t("Only who did it undoes it, on the same device."),
    "counter.undo.used_since": lambda voice: voice.t("The certificate was used again since. Undo the later use first."),
    "request.for_self": lambda voice: voice.t(
        "It was bought with your address or is for you: somebody else does this."
    ),
    "redemption.already_reversed": lambda voice: voice.t("It was undone before."),
    "law.cash_out.not_owed": lambda voice: voice.t("The law profile does not ask for it to be paid out."),
    "law.cash_out.unknown": lambda voice: voice.t("Whether the law asks for it to be paid out is unknown."),
    "operation.conflict": lambda voice: voice.t("This form was sent before, for something else. Begin again."),
    "location.closed": lambda voice: voice.t("This location is closed: nothing new happens here."),
    "device.revoked": lambda voice: voice.t("This device was revoked: nothing new happens on it."),
    "offline.rows_wait": lambda voice: voice.t(
        "This device still has redemptions from when it had no line. Wait until they are sent; otherwise a manager "
        "closes the day from the office."
    ),
    "request.decided": lambda voice: voice.t("Somebody has decided this already. It has to be asked for anew."),
    "request.lapsed": lambda voice: voice.t("This request counts no more. It has to be asked for anew."),
    "certificate.handed_over": lambda voice: voice.t("It was handed over to the state."),
    "certificate.not_blocked": lambda voice: voice.t("It is not blocked any more."),
    "certificate.not_expired": lambda voice: voice.t("It has not expired."),
    "certificate.not_found": lambda voice: voice.t("There is no such certificate any more."),
    "certificate.unknown": lambda voice: voice.t("There is no such certificate any more."),
    "certificate.extension.refused": lambda voice: voice.t("That is no later day than the one it has."),
    "certificate.reinstatement.lapsed": lambda voice: voice.t("Its last good day has passed: choose a later one."),
    "certificate.transfer.mismatch": lambda voice: voice.t(
        "Value moves only between certificates of one currency and one kind, and not to itself."
    ),
    "certificate.transfer.merchants": lambda voice: voice.t("Value moves only between your own certificates."),
    "certificate.reissue.pool": lambda voice: voice.t(
        "Its code was made by your till, which would not know a new number. Void or refund it, and sell another code."
    ),
    "certificate.entity.mismatch": lambda voice: voice.t("They belong to different companies of yours."),
    "certificate.move.refused": lambda voice: voice.t(
        "Only what its own buyer has paid for moves to another offering. What was given or reloaded stays."
    ),
    "certificate.currency.mismatch": lambda voice: voice.t("They are in different currencies."),
    "certificate.refund.exceeded": lambda voice: voice.t("Less than that was paid for what is left."),
    "certificate.lot.not_found": lambda voice: voice.t("Nothing that is left on it was paid for by this order."),
    "certificate.payment.stands": lambda voice: voice.t(
        "The buyer paid for it, and that money is at the payment provider. Refund it, or void it as fraud."
    ),
    "certificate.reason.missing": lambda voice: voice.t("Somebody paid for it: say what becomes of that money."),
    "certificate.reason.refused": lambda voice: voice.t("Nobody paid for it, so no such reason can be given."),
    "certificate.funding.refused": lambda voice: voice.t("It cannot be filled that way."),
    "order.not_issued": lambda voice: voice.t("This order has no certificate that stands."),
    "order.not_placed": lambda voice: voice.t("This order does not wait for its payment any more."),
    "payment.disputed": lambda voice: voice.t(
        "The buyer’s bank wants this payment back: it would be paid back a second time."
    ),
    "refund.outside.unsettled": lambda voice: voice.t(
        "Money went back at the payment provider, and nobody has said what for. Settle that first."
    ),
    "refund.credit.refused": lambda voice: voice.t("No buyer has paid for it, so there is nothing to give as credit."),
    "refund.credit.unreachable": lambda voice: voice.t("The buyer has no mail address that credit could go to."),
    "gift.taken_back": lambda voice: voice.t("The certificate cannot be used any more."),
    "gift.used": lambda voice: voice.t("Something of it was spent or set aside already, so it goes nowhere else."),
    "gift.corrected_too_often": lambda voice: voice.t("Its address was corrected twice already."),
    "gift.sent_too_often": lambda voice: voice.t("It was sent five times within a day. Try tomorrow."),
    "counter.print.too_late": lambda voice: voice.t(
        "It is printed in the minutes after the sale, where it was sold. Later it gets a new number."
    ),
    "counter.print.elsewhere": lambda voice: voice.t("It gets a new number where it was sold, as long as it stands."),
    "counter.undo.other_certificate": lambda voice: voice.t(
        "This is not the certificate of that sale. Scan the paper or card that was sold."
    ),
    "counter.payment.under_way": lambda voice: voice.t("The buyer has paid, and the money is on its way. Wait for it."),
    "closing.day_closed": lambda voice: voice.t(
        "That day is closed, so it is not undone any more: it is a refund now."
    ),
}
"""What refusals say, by code."""


def refusal_words(voice: Voice, refused: LargesseError) -> str:
    """Return why something was refused, in the reader's language; what is rare is said as the error says it."""
    known = _REFUSALS.get(refused.code)
    return known(voice) if known else refused.message
