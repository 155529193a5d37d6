"""What monitors are called and say, in the reader's language; a mail says which bound was passed. Pure."""

from pathlib import Path
from typing import Final

from largesse.domain.monitors import Monitor, Watched
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services import reports
from largesse.ui import Voice

LOCALES: Final = (Path(__file__).parent / "locale", reports.FOLDER / "locale")


def watched_name(watched: Watched, voice: Voice) -> str:
    """Return what is watched."""
    return {
        Watched.LIABILITY: voice.t("What is outstanding"),
        Watched.STOCK: voice.t("Stock of an offering"),
        Watched.CREDIT: voice.t("Credit that a partner has used"),
        Watched.REDEEMED_HOUR: voice.t("What is redeemed within an hour"),
        Watched.CARD_ELSEWHERE: voice.t("Cards first used elsewhere within an hour of their activation"),
        Watched.EXCEPTION: voice.t("What one person or device does in a day"),
    }[watched]


def value_text(one: Monitor, value: int | None, voice: Voice) -> str:
    """Return a figure of a monitor as people read it."""
    if value is None:
        return ""
    if one.currency is not None:
        return voice.money(Money(value, currency(one.currency)))
    return f"{voice.count(value)} %" if one.watched is Watched.CREDIT else voice.count(value)


def bound_text(one: Monitor, voice: Voice) -> str:
    """Return where the bound is."""
    bound = value_text(one, one.bound, voice)
    if one.watched is Watched.STOCK:
        return voice.t("{bound} or fewer", bound=bound)
    return voice.t("more than {bound}", bound=bound)


def sentence_of(one: Monitor, voice: Voice, *, offering: str = "") -> str:
    """Return what a monitor watches for, such as “What is outstanding: more than 5,000.00 €”."""
    what = watched_name(one.watched, voice)
    if one.act is not None:
        what = reports.column_title(one.act, voice)
    elif offering:
        what = voice.t("Stock of {offering}", offering=offering)
    return voice.t("{what}: {bound}", what=what, bound=bound_text(one, voice))
