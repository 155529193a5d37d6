"""What is asked of a second person, in the reader's language: the same sentence at the till and in the office. Pure."""

from largesse.domain.approvals import ApprovalRequest, FrozenAct, LimitedAct, TillShown
from largesse.domain.tills import TillAct
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ui import Voice


def request_sentence(one: ApprovalRequest, voice: Voice) -> str:
    """Return what will happen once a request is approved, in a sentence."""
    known, command = currency(one.shown.currency), one.command
    amount, extra = (voice.money(Money(abs(part), known)) for part in (command.value, command.gratuity))
    said = _asked(one, voice, amount)
    if not command.gratuity:
        return said
    signed = extra if command.gratuity > 0 else f"−{extra}"
    return said + " " + voice.t("(gratuity: {amount})", amount=signed)


def _asked(one: ApprovalRequest, voice: Voice, amount: str) -> str:
    command = one.command
    names = {"amount": amount, "last_four": one.shown.last_four}
    if command.act is LimitedAct.REFUND and command.order_number:
        return _refunded(command, voice, amount)
    if command.act is LimitedAct.EXTEND and command.good_through is not None:
        return voice.t(
            "Make the certificate ending in {last_four}, with {amount} on it, good through {day}",
            **names,
            day=voice.long_day(command.good_through),
        )
    if command.act is LimitedAct.ADJUST and command.value < 0:
        return voice.t("Take {amount} off the certificate ending in {last_four}", **names)
    said = {
        LimitedAct.ADJUST: voice.t("Add {amount} to the certificate ending in {last_four}", **names),
        LimitedAct.REFUND: voice.t("Refund {amount} of the certificate ending in {last_four}", **names),
        LimitedAct.CASH_OUT: voice.t("Pay out {amount} of the certificate ending in {last_four}", **names),
        LimitedAct.VOID: voice.t("Void the certificate ending in {last_four} for good, with {amount} on it", **names),
        LimitedAct.RELOAD: voice.t(
            "Reload the certificate ending in {last_four} by {amount}, booked as received at the desk", **names
        ),
        LimitedAct.EXTEND: voice.t(
            "Make the certificate ending in {last_four}, with {amount} on it, good for ever", **names
        ),
        LimitedAct.MOVE: voice.t("Move {amount} from the certificate ending in {last_four} to another", **names),
    }
    return said[command.act]


def _refunded(command: FrozenAct, voice: Voice, amount: str) -> str:
    names = {"amount": amount, "number": command.order_number}
    if command.as_credit:
        return voice.t("Give back {amount} of order {number} as credit, mailed to the buyer", **names)
    return voice.t("Refund {amount} of order {number}", **names)


def act_name(act: LimitedAct, voice: Voice) -> str:
    """Return what acts are called that have a limit."""
    return {
        LimitedAct.ADJUST: voice.t("Adjustments"),
        LimitedAct.CASH_OUT: voice.t("Cash-outs"),
        LimitedAct.REFUND: voice.t("Refunds"),
        LimitedAct.VOID: voice.t("Voids"),
        LimitedAct.RELOAD: voice.t("Reloads in the office"),
        LimitedAct.EXTEND: voice.t("Extensions, by what is left"),
        LimitedAct.MOVE: voice.t("Value moved to another certificate"),
        LimitedAct.SALE: voice.t("Sales and reloads by a clerk at the counter"),
    }[act]


def till_sentence(act: TillAct, shown: TillShown, voice: Voice) -> str:
    """Return what will happen at a till once it is approved, in a sentence."""
    amount = voice.money(Money(shown.amount, currency(shown.currency))) if shown.currency else ""
    ends = voice.listing([f"…{one}" for one in shown.ends]) if shown.ends else ""
    number = shown.order_number
    if act is TillAct.LATE_UNDO and number:
        return voice.t(
            "The sale of {amount}, order {number}, is undone, and its money goes back: {reason}",
            amount=amount,
            number=number,
            reason=shown.reason,
        )
    if act is TillAct.ABOVE_LIMIT and not ends:
        return voice.t("A certificate of {amount} is sold.", amount=amount)
    return {
        TillAct.LATE_UNDO: voice.t(
            "{amount} is put back on {ends}: {reason}", amount=amount, ends=ends, reason=shown.reason
        ),
        TillAct.CASH_OUT: voice.t(
            "{amount} is paid out in cash for {ends}, which ends with that.", amount=amount, ends=ends
        ),
        TillAct.ABOVE_LIMIT: voice.t("{amount} is sold, on the card or certificate {ends}.", amount=amount, ends=ends),
        TillAct.PRINT_AGAIN: voice.t(
            "Order {number} gets a new number and is printed again: the number of {ends} is dead then.",
            number=number,
            ends=ends,
        ),
        TillAct.RELEASE_HOLD: voice.t(
            "The tab {reference} is released: {amount} is free again, and nothing is taken.",
            reference=shown.reason,
            amount=amount,
        ),
        TillAct.FOUND: voice.t(
            "{amount} is taken from {ends}, whose paper or mail nobody has shown.", amount=amount, ends=ends
        ),
    }[act]
