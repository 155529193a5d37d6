"""What the close of a day says in words: at the counter and in the office the same, so that both print alike. Pure."""

from collections.abc import Mapping
from typing import Any

from largesse.domain.closings import Closing
from largesse.domain.offline import LateRows
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import HELD_BY_CERTIFICATES, TENDERS
from largesse.ui import Voice


def closing_words(closing: Closing, voice: Voice, names: Mapping[str, str], late: LateRows) -> dict[str, Any]:
    """Return what a close says, in words."""
    money = currency(closing.currency)

    def said(amount: int) -> str:
        return voice.money(Money(amount, money))

    cash = [
        (voice.t("In the drawer before"), said(closing.opening)),
        (voice.t("Should be there"), said(closing.expected)),
    ]
    if closing.counted is not None:
        cash += [(voice.t("Counted"), said(closing.counted)), (voice.t("Difference"), said(closing.difference))]
    terminal = [(voice.t("Should be there"), said(closing.terminal_expected))]
    if closing.terminal_counted is not None:
        terminal += [
            (voice.t("The terminal says"), said(closing.terminal_counted)),
            (voice.t("Difference"), said(closing.terminal_difference)),
        ]
    rows = [
        {
            "what": line[0],
            "who": who_closed(line[1], names, voice),
            "how": line[2],
            "count": voice.count(line[3]),
            "sum": said(line[4]),
        }
        for line in _lines(closing, voice)
    ]
    return {
        "closing": closing,
        "day": voice.long_day(closing.booked_on),
        "who": who_closed(closing.actor, names, voice),
        "cash": cash,
        "terminal": terminal,
        "rows": rows,
        "counted": closing.counted is not None,
        "late": voice.n(
            "Of it, {count} redemption without a line came late, after its own day was closed: {amount}.",
            "Of it, {count} redemptions without a line came late, after their own day was closed: {amount}.",
            late.rows,
            amount=said(late.taken),
        )
        if late.rows
        else "",
    }


def counted_words(closing: Closing, voice: Voice) -> str:
    """Return what was counted in the drawer; nothing where the merchant's own till counts."""
    return "" if closing.counted is None else voice.money(Money(closing.counted, currency(closing.currency)))


def who_closed(actor: str, names: Mapping[str, str], voice: Voice) -> str:
    """Return a name; of what came by itself, as a payment that was waited for, that the buyer did it."""
    by_itself = actor.startswith(("gateway:", "flow:"))
    return voice.t("The buyer") if by_itself else names.get(actor, actor)


def _lines(closing: Closing, voice: Voice) -> list[tuple[str, str, str, int, int]]:
    """Return what was done, by kind, person and tender: its name, who, how it was paid, how often, how much."""
    kinds = {
        "issue": voice.t("Sales"),
        "activate": voice.t("Activations"),
        "reload": voice.t("Reloads"),
        "redeem": voice.t("Redemptions"),
        "capture": voice.t("Redemptions"),
        "reverse": voice.t("Undone redemptions"),
        "void": voice.t("Undone sales"),
        "undo_reload": voice.t("Undone reloads"),
        "cash_out": voice.t("Paid out"),
        "pay_in": voice.t("Put into the drawer"),
        "pay_out": voice.t("Taken from the drawer"),
        "deposit": voice.t("Brought to the bank"),
        "count": voice.t("Differences at a hand-over"),
    }
    tenders = {
        "cash": voice.t("Cash"),
        "terminal": voice.t("Card terminal"),
        "tender_clearing": voice.t("Your own till"),
        "gateway_clearing": voice.t("Online"),
    }
    found: dict[tuple[str, str, str], list[int]] = {}
    for one in closing.totals:
        if one.kind not in kinds:
            continue
        tender = next((account for account in (one.debit, one.credit) if account in TENDERS), "")
        spent = not HELD_BY_CERTIFICATES.isdisjoint((one.debit, one.credit))
        if not tender and not (spent and one.kind in {"redeem", "capture", "reverse"}):
            continue
        back = one.credit in TENDERS or (one.credit in HELD_BY_CERTIFICATES and one.kind == "reverse")
        tally = found.setdefault((kinds[one.kind], one.actor, tenders.get(tender, "")), [0, 0])
        tally[0] += one.count
        tally[1] += -one.sum if back and one.kind not in {"redeem", "capture"} else one.sum
    return [(*key, *tally) for key, tally in sorted(found.items())]  # type: ignore[misc]  # a key of three, a tally of two
