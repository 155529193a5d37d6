"""One language speaking: messages, money, dates and numbers the way its readers write them (LOOK, "Manner").

A `Voice` is made once per language and shared. Pages have its methods as plain names: `t`, `n`, `money`, `day`,
`moment`…
"""

import gettext
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

from largesse.kernel.clock import aware
from largesse.kernel.conventions import English
from largesse.kernel.money import Money
from largesse.kernel.numbers import in_groups
from largesse.kernel.written_days import as_read
from largesse.ui.catalogue import LANGUAGE_NAMES, read_catalogue, translations_of

_HERE = Path(__file__).parent
AMERICAN = English.AMERICAN.value

# By locale, then by language. CLDR's English is American, which we write only where a merchant asks for it.
_LONG_DAY = {"en-US": "EEEE, MMMM d, y", "en": "EEEE, d MMMM y"}
_DAY = {"en-US": "MMMM d, y", "en": "d MMMM y", "es": "d 'de' MMMM 'de' y", "fr": "d MMMM y", "de": "d. MMMM y"}
_DAY_THIS_YEAR = {"en-US": "MMMM d", "en": "d MMMM", "es": "d 'de' MMMM", "fr": "d MMMM", "de": "d. MMMM"}
_CODE_AND_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")  # CLDR puts a space there, Babel does not yet
_SHORT_DAY = {"en-US": "MMM d, y", "en": "d MMM y", "es": "d MMM y", "fr": "d MMM y", "de": "d. MMM y"}


class Voice:
    """One language: its messages, and how it writes dates, numbers and money."""

    def __init__(self, tag: str, translations: gettext.NullTranslations) -> None:
        """Speak the language of `tag`: a language, or `en-US`, which is English as it is written in America."""
        self.tag = tag
        self.language = tag.partition("-")[0]
        self.locale = Locale.parse(self.language)
        self._translations = translations

    @property
    def direction(self) -> str:
        """Return `ltr` or `rtl`, the way the language is written."""
        return str(self.locale.text_direction)

    @property
    def name(self) -> str:
        """Return the language's name in its own words."""
        return LANGUAGE_NAMES[self.language]

    def t(self, text: str, **values: object) -> str:
        """Return `text` in this language, with its `{placeholders}` filled in. Pages escape the result."""
        translated = self._translations.gettext(text)
        return translated.format_map(values) if values else translated

    def n(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Return a message that counts: `n("{count} gift", "{count} gifts", 3)`. `{count}` is filled in, grouped."""
        translated = self._translations.ngettext(one, many, count)
        return translated.format_map({"count": self.count(count), **values})

    def money(self, amount: Money, *, short: bool = False) -> str:
        """Write an amount with its sign: `$110.00`, `110,00 €`, `¥1,200`. `short` drops decimals that are all zero."""
        currency = amount.currency
        decimals = 0 if short and amount.minor % currency.units == 0 else currency.exponent
        value = Decimal(amount.minor).scaleb(-currency.exponent)
        pattern = _money_pattern(self.language, decimals)
        written = pattern.apply(value, self.locale, currency=currency.code, currency_digits=False)
        return _CODE_AND_DIGIT.sub("\u00a0", str(written)).replace("-", "−")

    def bare_amount(self, amount: Money, *, short: bool = False) -> str:
        """Write an amount as somebody types it, without its sign: `75.50`, `75,50`. `short` is that of `money`."""
        currency = amount.currency
        decimals = 0 if short and amount.minor % currency.units == 0 else currency.exponent
        pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        value = Decimal(amount.minor).scaleb(-currency.exponent)
        return numbers.format_decimal(value, format=pattern, locale=self.locale)

    def count(self, value: int) -> str:
        """Write a whole number with the grouping of the language: `12,400`."""
        return numbers.format_decimal(value, locale=self.locale)

    def decimal(self, value: Decimal) -> str:
        """Write a number with all the decimals that it has: `1.0838`."""
        return numbers.format_decimal(value, locale=self.locale, decimal_quantization=False)

    def percent(self, value: Decimal) -> str:
        """Write a share of one as a percentage with what decimals it has: 0.0825 is `8.25%`."""
        return numbers.format_percent(value, locale=self.locale, decimal_quantization=False)

    def long_day(self, value: date) -> str:
        """Write a day in full: `Saturday, 20 November 2027`."""
        return self._day(value, self._pattern(_LONG_DAY, "full"))

    def day(self, value: date, *, today: date | None = None) -> str:
        """Write a day: `20 November 2027`; without the year when it is that of `today`."""
        same_year = today is not None and today.year == value.year
        formats = _DAY_THIS_YEAR if same_year else _DAY
        return self._day(value, self._pattern(formats, "long"))

    def month(self, value: date) -> str:
        """Write a month: `November 2027`."""
        return as_read(dates.format_skeleton("yMMMM", value, locale=self.locale), language=self.language)

    def short_day(self, value: date) -> str:
        """Write a day for a table: `20 Nov 2027`."""
        return self._day(value, self._pattern(_SHORT_DAY, "medium"))

    def _pattern(self, patterns: Mapping[str, str], otherwise: str) -> str:
        return patterns.get(self.tag) or patterns.get(self.language, otherwise)

    def _day(self, value: date, pattern: str) -> str:
        return as_read(dates.format_date(value, format=pattern, locale=self.locale), language=self.language)

    def clock_time(self, value: datetime, *, zone: ZoneInfo) -> str:
        """Write the time of day in `zone`: `09:00`, in French `9 h`, in American English `9 a.m.`."""
        local = aware(value).astimezone(zone)
        return self.time_of_day(local.hour, local.minute)

    def time_of_day(self, hour: int, minute: int = 0) -> str:
        """Write a time of day: `09:00`, in French `9 h` and `9 h 05`, in American English `9 a.m.` and `9:05 a.m.`."""
        if self.tag == AMERICAN:
            half = "p.m." if hour >= 12 else "a.m."
            within = f"{hour % 12 or 12}"
            return f"{within}:{minute:02d}\u00a0{half}" if minute else f"{within}\u00a0{half}"
        if self.language != "fr":
            return f"{hour:02d}:{minute:02d}"
        return f"{hour}\u00a0h\u00a0{minute:02d}" if minute else f"{hour}\u00a0h"

    def moment(self, value: datetime, *, zone: ZoneInfo, now: datetime | None = None) -> str:
        """Write a moment in `zone`: `24 December at 09:00`; near to `now` it is `today at 09:00` and the like."""
        local = aware(value).astimezone(zone).date()
        today = None if now is None else aware(now).astimezone(zone).date()
        time = self.clock_time(value, zone=zone)
        match None if today is None else (local - today).days:
            case 0:
                return self.t("today at {time}", time=time)
            case 1:
                return self.t("tomorrow at {time}", time=time)
            case -1:
                return self.t("yesterday at {time}", time=time)
            case _:
                return self.t("{day} at {time}", day=self.day(local, today=today), time=time)

    def on_moment(self, value: datetime, *, zone: ZoneInfo, now: datetime | None = None) -> str:
        """Write when something happens, to stand in a sentence: `on 24 December at 09:00`, `tomorrow at 09:00`."""
        local = aware(value).astimezone(zone).date()
        today = None if now is None else aware(now).astimezone(zone).date()
        if today is not None and abs((local - today).days) <= 1:
            return self.moment(value, zone=zone, now=now)
        return self.t("on {day} at {time}", day=self.day(local, today=today), time=self.clock_time(value, zone=zone))

    def country(self, code: str) -> str:
        """Return the name of a country (ISO 3166) in this language, its code where it has none."""
        return str(self.locale.territories.get(code, code))

    def number(self, text: str) -> str:
        """Write a certificate number in groups of four: `GL-7K2M-9QXR-4T8W-HB3C`."""
        return in_groups(text)

    def listing(self, items: list[str]) -> str:
        """Join words as a sentence does: `Ada, Grace and Mary`."""
        if len(items) < 2:
            return "".join(items)
        return self.t("{items} and {last}", items=", ".join(items[:-1]), last=items[-1])


@cache
def _money_pattern(language: str, decimals: int) -> numbers.NumberPattern:
    """Return how the language writes money, with our own decimals: CLDR's are not always those of ISO 4217."""
    pattern = numbers.parse_pattern(Locale.parse(language).currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    return pattern


def speak(language: str, *, folders: tuple[Path, ...] = ()) -> Voice:
    """Return the voice of `language`, with the catalogues of `ui` and of `folders` (`<folder>/<language>/*.po`).

    `en-US` is English with the days, hours and words of America; any other region counts as its language.
    """
    return _spoken(language if language == AMERICAN else language.partition("-")[0], folders)


@cache
def _spoken(tag: str, folders: tuple[Path, ...]) -> Voice:
    return Voice(tag, translations_of(read_catalogue(tag, (_HERE / "locale", *folders))))
