"""What the close of a day says in words: at the counter and in the office the same, so that both print alike. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from largesse.domain.closings import Closing
from largesse.domain.devices import Device
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.offline import LateRows
from largesse.domain.receipts import ReceiptFace, ReceiptGroup, ReceiptLine
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import HELD_BY_CERTIFICATES, TENDERS
from largesse.ui import Voice


def closing_words(closing: Closing, voice: Voice, names: Mapping[str, str], late: LateRows) -> dict[str, Any]:
    """Return what a close says, in words."""
    money = currency(closing.currency)

    def said(amount: int) -> str:
        return voice.money(Money(amount, money))

    opening = (voice.t("In the drawer before"), said(closing.opening))
    cash = [opening, *counted_facts(closing.expected, closing.counted, closing.currency, voice)]
    terminal = terminal_facts(closing.terminal_expected, closing.terminal_counted, closing.currency, voice)
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


def counted_facts(expected: int, counted: int | None, code: str, voice: Voice) -> list[tuple[str, str]]:
    """Return what should lie in a drawer, and beside it what does and by how much that differs."""
    return _beside(voice.t("Counted"), expected, counted, code, voice)


def terminal_facts(expected: int, counted: int | None, code: str, voice: Voice) -> list[tuple[str, str]]:
    """Return what the card terminal should say, and beside it what it does and by how much that differs."""
    return _beside(voice.t("The terminal says"), expected, counted, code, voice)


def difference_words(drawer: int, terminal: int, code: str, voice: Voice) -> str:
    """Return by how much a count differs from what should be there: so much too little, or too much."""
    money = currency(code)
    said = []
    if drawer:
        amount = voice.money(Money(abs(drawer), money))
        more = voice.t("In the drawer lies {amount} too much.", amount=amount)
        said.append(more if drawer > 0 else voice.t("In the drawer lies {amount} too little.", amount=amount))
    if terminal:
        amount = voice.money(Money(abs(terminal), money))
        more = voice.t("The card terminal says {amount} too much.", amount=amount)
        said.append(more if terminal > 0 else voice.t("The card terminal says {amount} too little.", amount=amount))
    return " ".join(said)


def closing_face(words: Mapping[str, Any], merchant: Merchant, device: Device, voice: Voice) -> ReceiptFace:
    """Return the close of a day as it is printed; `words` are what `told_closing` returns."""
    closing: Closing = words["closing"]
    location: Location | None = words["location"]
    told = [
        words["day"],
        ", ".join(filter(None, (device.name, location.name if location else ""))),
        words["who"],
        voice.t("closed from the office") if closing.from_office else "",
        closing.reason,
    ]
    groups = [ReceiptGroup(lines=tuple(ReceiptLine(words=one) for one in told if one))]
    if words["counted"]:
        groups += [_group(voice.t("Drawer"), words["cash"]), _group(voice.t("Card terminal"), words["terminal"])]
    done = [
        ReceiptLine(
            words=voice.t("{count} × {what}", count=row["count"], what=", ".join(filter(None, _what(row)))),
            amount=row["sum"],
        )
        for row in words["rows"]
    ]
    if done:
        groups.append(ReceiptGroup(heading=voice.t("What was done"), lines=tuple(done)))
    return ReceiptFace(
        language=voice.language,
        merchant=merchant.name,
        title=voice.t("Close {number}", number=closing.number),
        groups=tuple(groups),
        notes=(words["late"],) if words["late"] else (),
        closing=voice.t("This is a sample and no real money.") if merchant.is_demo else "",
    )


def counted_words(closing: Closing, voice: Voice) -> str:
    """Return what was counted in the drawer; nothing where the merchant's own till counts."""
    return "" if closing.counted is None else voice.money(Money(closing.counted, currency(closing.currency)))


def who_closed(actor: str, names: Mapping[str, str], voice: Voice) -> str:
    """Return a name; of what came by itself, as a payment that was waited for, that the buyer did it."""
    by_itself = actor.startswith(("gateway:", "flow:"))
    return voice.t("The buyer") if by_itself else names.get(actor, actor)


def _beside(said: str, expected: int, counted: int | None, code: str, voice: Voice) -> list[tuple[str, str]]:
    money = currency(code)
    found = [(voice.t("Should be there"), voice.money(Money(expected, money)))]
    if counted is not None:
        found.append((said, voice.money(Money(counted, money))))
        found.append((voice.t("Difference"), voice.money(Money(counted - expected, money))))
    return found


def _group(heading: str, facts: Sequence[tuple[str, str]]) -> ReceiptGroup:
    """Return facts under a heading, of which the last is what they come to."""
    last = len(facts) - 1
    lines = [ReceiptLine(words=name, amount=value, strong=at == last) for at, (name, value) in enumerate(facts)]
    return ReceiptGroup(heading=heading, lines=tuple(lines))


def _what(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["what"], row["how"], row["who"]


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
