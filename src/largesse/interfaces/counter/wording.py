"""What the counter says of numbers, certificates and acts, in the language of whoever works there."""

from datetime import datetime
from zoneinfo import ZoneInfo

from largesse.kernel.currency import currency as currency_of
from largesse.kernel.money import Money
from largesse.ledger import Certificate, ClassOfValue, EntryMode, Kind
from largesse.services.counter import CounterAnswer, KeyboardLayout, Misread, ReadText, Spendable
from largesse.ui import Voice

_WAYS_IN = {"scanned": EntryMode.SCANNED, "camera": EntryMode.CAMERA}


def way_in(came: str) -> EntryMode:
    """Return how a number came in, as a form says it with `came`: typed, unless it says otherwise."""
    return _WAYS_IN.get(came, EntryMode.TYPED)


def said_money(voice: Voice, minor: int, code: str) -> str:
    """Write an amount of a currency."""
    return voice.money(Money(minor, currency_of(code)))


def misread_words(voice: Voice, read: ReadText, prefix: str) -> str:
    """Return words that say why what was scanned or typed is no certificate's number, and what to do."""
    match read.why:
        case Misread.EMPTY:
            return voice.t("Scan a certificate, or type its number.")
        case Misread.TOO_LONG:
            return voice.t("That is too long for a number. Scan the certificate again, or type its number.")
        case Misread.MISTYPED:
            return voice.t("A symbol is wrong or two changed places. Compare the number with the certificate.")
        case Misread.SHORT:
            return voice.n(
                "{count} symbol is missing at the end. Type the rest, or scan again.",
                "{count} symbols are missing at the end. Type the rest, or scan again.",
                read.by,
            )
        case Misread.LONG:
            return voice.n(
                "There is {count} symbol too many. Compare the number with the certificate.",
                "There are {count} symbols too many. Compare the number with the certificate.",
                read.by,
            )
        case _:
            return voice.t(
                "It is not known here. Our numbers begin with {prefix}; it may be another shop's.", prefix=prefix
            )


def unknown_words(voice: Voice, read: ReadText, prefix: str) -> str:
    """Return words that say that nothing is known of a number here."""
    if read.why is None:
        return voice.t("This number is not known here. Compare it with the certificate; it may be another shop's.")
    return misread_words(voice, read, prefix)


def layout_words(voice: Voice, layout: KeyboardLayout) -> str:
    """Return words that say that scanner and computer do not speak of the same keyboard."""
    if layout is KeyboardLayout.GERMAN:
        return voice.t(
            "The scanner types as an American keyboard, the computer expects a German one. It was understood all the"
            " same; set both alike, and nothing goes wrong elsewhere."
        )
    return voice.t(
        "The scanner types as an American keyboard, the computer expects a French one. It was understood all the"
        " same; set both alike, and nothing goes wrong elsewhere."
    )


def trouble_words(voice: Voice, answer: CounterAnswer) -> str:
    """Return words that say in a few words why nothing can be taken from a certificate."""
    match answer.spendable:
        case Spendable.EMPTY:
            return voice.t("All of it is spent")
        case Spendable.HELD:
            return voice.t("All that is left is set aside for a tab")
        case Spendable.INACTIVE:
            return voice.t("Not activated yet")
        case Spendable.BLOCKED:
            return voice.t("Blocked")
        case Spendable.EXPIRED:
            return voice.t("No longer good")
        case Spendable.REPLACED:
            return voice.t("Replaced by a new number")
        case Spendable.HANDED_OVER:
            return voice.t("Handed over to the state")
        case _:
            return voice.t("Cancelled or paid out")


def remedy_words(voice: Voice, answer: CounterAnswer) -> str:
    """Return words that say what may be done about it."""
    match answer.spendable:
        case Spendable.EMPTY:
            return voice.t("It can be reloaded.")
        case Spendable.HELD:
            return voice.t("Take it from the tab, or release the tab first.")
        case Spendable.INACTIVE:
            return voice.t("It is activated when it is sold: sell it here, or ask whoever sold it.")
        case Spendable.BLOCKED:
            return voice.t("A manager sees in the office why, and may unblock it.")
        case Spendable.EXPIRED:
            return voice.t("A manager may extend it in the office.")
        case Spendable.REPLACED:
            return voice.t("Ask for the newer mail or paper: it carries the new number.")
        case Spendable.HANDED_OVER:
            return voice.t("The owner asks the state's office for unclaimed property for it.")
        case _:
            return voice.t("A manager sees in the office what became of it.")


def class_words(voice: Voice, value: ClassOfValue) -> str:
    """Return the name of the class of a certificate's value."""
    match value:
        case ClassOfValue.PROMOTIONAL:
            return voice.t("given away")
        case ClassOfValue.CREDIT:
            return voice.t("credit")
        case _:
            return voice.t("paid for")


def good_through_words(voice: Voice, one: Certificate) -> str:
    """Return words that say how long a certificate is good."""
    if one.good_through is None:
        return voice.t("no expiry date")
    return voice.long_day(one.good_through)


def place_words(voice: Voice, at: datetime, location: str | None, *, zone: ZoneInfo, now: datetime) -> str:
    """Return words that say when and where something happened."""
    when = voice.moment(at, zone=zone, now=now)
    return voice.t("{when}, {location}", when=when, location=location) if location else when


def act_words(voice: Voice, kind: Kind) -> str:
    """Return the name of an act, as the head of its receipt."""
    match kind:
        case Kind.HOLD:
            return voice.t("Set aside for a tab")
        case Kind.RELEASE:
            return voice.t("Tab released")
        case Kind.REVERSE:
            return voice.t("Redemption undone")
        case Kind.CASH_OUT:
            return voice.t("Rest paid out in cash")
        case _:
            return voice.t("Gift certificate redeemed")
