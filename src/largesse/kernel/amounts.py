"""Amounts as people type them: `25`, `25,50`, `$1,250`, `1.250,50 €`, `CHF 1'250.-`, `₹1,00,000`.

A group has exactly three digits (in the Indian way two each before the last three), and none stands behind a leading
zero. Whether a single separator groups or parts decimals is told by how many digits follow and by how the reader's
language and the currency's home write numbers. What could still mean two amounts is refused, never guessed at. Machines
exchange `Money` in its plain form, which `money.parse` reads.
"""

import re
from decimal import Decimal
from typing import Final

from largesse.kernel.currency import Currency, currencies
from largesse.kernel.money import InvalidAmount, Money, TooManyDecimals, parse

TYPED_MAX: Final = 40

_SEPARATORS: Final = ".,"
# Full-width forms, as keyboards of East Asia write them; the spaces that numbers are grouped with; apostrophes.
_FOLD: Final = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {"￠": "¢", "￡": "£", "￥": "¥", "￦": "₩", "\u3000": " "}
    | dict.fromkeys("\u00a0\u2009\u202f", " ")
    | dict.fromkeys("’ʼ", "'")
)
_GROUP_SEPARATORS: Final = " '"
_NUMBER: Final = re.compile(r"[0-9]+(?:[., '][0-9]+)*")
_PLAIN_DECIMAL: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_ENDING: Final = re.compile(r"[.,][-–—]{1,2}\Z")  # `25,-` and `25.—` are whole amounts
_THREES: Final = re.compile(r"[1-9][0-9]{0,2}(?:(?P<sign>[., '])[0-9]{3})(?:(?P=sign)[0-9]{3})*")
_INDIAN: Final = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})*,[0-9]{3}")

# How languages write a number: the separator that groups, where it is one of point and comma.
_GROUPS_OF_LANGUAGE: Final = {"en": ",", "de": ".", "es": ".", "fr": ""}


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GROUPED_BY_POINTS: Final = _codes(
    "ANG AOA ARS AWG BAM BRL CLP COP CRC DKK EUR IDR ISK MKD MZN PYG RON RSD TRY UYU VES VND"
)
_GROUPED_BY_SPACES: Final = _codes("ALL AMD BGN BYN CZK GEL HUF KZT NOK PLN RUB SEK UAH XAF XOF XPF ZAR")
_GROUPED_BY_LAKHS: Final = _codes("BDT BTN INR LKR NPR PKR")

_POUNDS: Final = "EGP FKP GBP GIP LBP SDG SHP SSP SYP"
_DOLLARS: Final = (
    "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD NZD SBD SGD SRD TOP TTD "
    "TVD TWD USD UYU WST XCD ZWG"
)
# What people write beside an amount, and the currencies it may stand for. A code of ISO 4217 stands for itself.
_SIGNS: dict[str, frozenset[str]] = {
    sign.upper(): _codes(codes)
    for sign, codes in {
        "$": _DOLLARS,
        "€": "EUR",
        "£": _POUNDS,
        "¥": "CNY JPY",
        "円": "JPY",
        "元": "CNY TWD",
        "₹": "INR",
        "₨": "INR LKR MUR NPR PKR SCR",
        "Rs": "INR LKR MUR NPR PKR SCR",
        "Rs.": "INR LKR MUR NPR PKR SCR",
        "₩": "KPW KRW",
        "₽": "RUB",
        "₺": "TRY",
        "₴": "UAH",
        "₪": "ILS",
        "₫": "VND",
        "₱": "PHP",
        "฿": "THB",
        "₦": "NGN",
        "₡": "CRC",
        "₲": "PYG",
        "₵": "GHS",
        "₸": "KZT",
        "₼": "AZN",
        "₾": "GEL",
        "₮": "MNT",
        "₭": "LAK",
        "៛": "KHR",
        "৳": "BDT",
        "kr": "DKK ISK NOK SEK",
        "kr.": "DKK ISK NOK SEK",
        "Kč": "CZK",
        "zł": "PLN",
        "Ft": "HUF",
        "lei": "MDL RON",
        "лв": "BGN",
        "лв.": "BGN",
        "Fr": "CHF",
        "Fr.": "CHF",
        "sFr": "CHF",
        "sFr.": "CHF",
        "R$": "BRL",
        "R": "ZAR",
        "RM": "MYR",
        "Rp": "IDR",
        "S/": "PEN",
        "C$": "CAD NIO",
        "A$": "AUD",
        "S$": "SGD",
        "NT$": "TWD",
        "CN¥": "CNY",
        "JP¥": "JPY",
        "£E": "EGP",
        "E£": "EGP",
        "BD": "BHD",
        "KD": "KWD",
        "JD": "JOD",
        "DT": "TND",
        "EC$": "XCD",
        "Cg.": "XCG",
        "FCFA": "XAF XOF",
        "F CFA": "XAF XOF",
        "FCFP": "XPF",
        "CFA": "XAF XOF",
        "CFPF": "XPF",
    }.items()
}
for _sign, _all in (("$", _DOLLARS), ("£", _POUNDS)):
    for _code in _all.split():  # CLDR tells them apart by their countries: CA$, $CA
        _SIGNS |= {f"{_code[:2]}{_sign}": _codes(_code), f"{_sign}{_code[:2]}": _codes(_code)}
_SIGNS |= {known.code: frozenset({known.code}) for known in currencies()}
_LONGEST_SIGN: Final = max(map(len, _SIGNS))


class OtherCurrency(InvalidAmount):
    """An amount that is written in another currency than the one that is asked for."""

    code = "amount.currency"


def read_amount(text: str, currency: Currency, *, language: str) -> Money:
    """Return the amount that somebody typed who reads `language`, in `currency`.

    Raises:
        InvalidAmount: it cannot be read as an amount, or could be read as two.
        TooManyDecimals: it is finer than the currency's smallest unit.
        OtherCurrency: it has the sign or the code of another currency.
    """
    if len(text) > TYPED_MAX:
        raise _unreadable()
    bare = _ENDING.sub("", _without_sign(text.translate(_FOLD).strip(), currency))
    if not _NUMBER.fullmatch(bare):
        raise _unreadable()
    whole, fraction = _parted(bare, currency, language)
    if fraction and not fraction.isdigit():
        raise _unreadable()
    if len(fraction) > currency.exponent:
        places = f"at most {currency.exponent}" if currency.exponent else "no"
        raise TooManyDecimals(f"{currency} has {places} decimals; round the amount to that.")
    return parse(f"{_ungrouped(whole, currency)}.{fraction or '0'}", currency)


def read_plain_amount(text: str, currency: Currency) -> Money:
    """Return an amount that somebody typed in the plain form, `25.00`, at a command or into a file.

    A point before exactly three digits is refused where the currency has not three decimals: half of the world means
    a thousand by `1.000`.

    Raises:
        InvalidAmount: it is no amount in the plain form, or could be read as two.
        TooManyDecimals: it is finer than the currency's smallest unit, in zeros as well.
    """
    amount = parse(text, currency)
    if len(text.partition(".")[2]) > currency.exponent:
        places = f"at most {currency.exponent}" if currency.exponent else "no"
        raise TooManyDecimals(f"{currency} has {places} decimals; write no more, and no separators between thousands.")
    return amount


def read_written_amount(text: str, currency: Currency, *, decimal_sign: str) -> Money:
    """Return an amount of a file in which `decimal_sign`, a point or a comma, is known to part decimals.

    Raises:
        InvalidAmount: it is no amount, or its groups are no thousands.
        TooManyDecimals: it is finer than the currency's smallest unit.
        OtherCurrency: it has the sign or the code of another currency.
    """
    if len(text) > TYPED_MAX:
        raise _unreadable()
    bare = _ENDING.sub("", _without_sign(text.translate(_FOLD).strip(), currency))
    whole, _, fraction = bare.partition(decimal_sign)
    if not _NUMBER.fullmatch(bare) or (fraction and not fraction.isdigit()):
        raise _unreadable()
    if len(fraction.rstrip("0")) > currency.exponent:
        places = f"at most {currency.exponent}" if currency.exponent else "no"
        raise TooManyDecimals(f"{currency} has {places} decimals; round the amount to that.")
    return parse(f"{_ungrouped(whole, currency)}.{fraction[: currency.exponent] or '0'}", currency)


def decimal_sign_of(text: str) -> str:
    """Return what a single written amount says of the decimal sign: a point, a comma, `?` for either, or nothing."""
    bare = re.sub(r"[^0-9.,]", "", text.translate(_FOLD))[:TYPED_MAX]
    signs = {sign for sign in _SEPARATORS if sign in bare}
    if not signs:
        return ""
    last = max(signs, key=bare.rindex)
    other = "," if last == "." else "."
    if len(signs) == 2:
        return last
    if bare.count(last) > 1:
        return other
    whole, _, fraction = bare.partition(last)
    return last if len(fraction) != 3 or not whole or whole.startswith("0") else "?"


def read_plain_decimal(text: str) -> Decimal | None:
    """Return an exact number such as `8.25`, None for anything else: no exponent, sign, infinity or other digits."""
    return Decimal(text) if len(text) <= TYPED_MAX and _PLAIN_DECIMAL.fullmatch(text) else None


def _without_sign(text: str, currency: Currency) -> str:
    """Return the number alone: a sign or code may stand before it, behind it, or on both sides."""
    bare = text.upper()
    for side in ("front", "back"):
        sign = _sign_at(bare, side)
        if not sign:
            continue
        if currency.code not in _SIGNS[sign]:
            message = f"This amount is in {currency}. Write it in {currency}, without the sign of another currency."
            raise OtherCurrency(message)
        bare = bare.removeprefix(sign).lstrip() if side == "front" else bare.removesuffix(sign).rstrip()
    return bare


def _sign_at(text: str, side: str) -> str:
    """Return the longest known sign at one end of `text`, "" where there is none."""
    for length in range(min(_LONGEST_SIGN, len(text)), 0, -1):
        found = text[:length] if side == "front" else text[-length:]
        if found in _SIGNS:
            return found
    return ""


def _parted(bare: str, currency: Currency, language: str) -> tuple[str, str]:
    """Return the digits before the decimal separator, with what groups them, and those behind it."""
    separators = {separator for separator in _SEPARATORS if separator in bare}
    if not separators:
        return bare, ""
    last = max(separators, key=bare.rindex)
    whole, _, fraction = bare.rpartition(last)
    if len(separators) == 2:  # the last one parts decimals, and must be alone
        if last in whole:
            raise _unreadable()
        return whole, fraction
    if last in whole or _groups(bare, last, currency, language):
        return bare, ""
    return whole, fraction


def _groups(bare: str, separator: str, currency: Currency, language: str) -> bool:
    """Return whether the only separator of a number groups it, rather than parting its decimals."""
    if not _THREES.fullmatch(bare):
        return False
    if currency.exponent == 0:
        return True
    grouping = _GROUPS_OF_LANGUAGE.get(language, ",")
    if currency.exponent == 3:
        return separator == grouping
    return separator == grouping or separator == _home_separator(currency)


def _home_separator(currency: Currency) -> str:
    if currency.code in _GROUPED_BY_SPACES:
        return ""
    return "." if currency.code in _GROUPED_BY_POINTS else ","


def _ungrouped(whole: str, currency: Currency) -> str:
    """Return the digits of a whole number whose groups are right."""
    if whole.isdigit():
        return whole
    if not _THREES.fullmatch(whole) and not (currency.code in _GROUPED_BY_LAKHS and _INDIAN.fullmatch(whole)):
        raise _unreadable()
    return re.sub(r"[^0-9]", "", whole)


def _unreadable() -> InvalidAmount:
    return InvalidAmount("Write the amount as a number, such as 25.00.")
