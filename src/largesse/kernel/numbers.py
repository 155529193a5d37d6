"""Certificate numbers: bearer secrets that people type (ARCHITECTURE §4).

A number is the merchant's prefix (1 to 4 letters), 15 random symbols of Crockford's base 32 (75 bits) and one check
symbol. It is read in any case and width, with spaces and dashes anywhere, and with O for 0 and I or L for 1.
The redeem URL, which the certificate's own QR code holds, is read as the number in it: it is what a scanner types.

The check symbol is a Reed-Solomon parity symbol over GF(32): the sum of the symbols' values, each times a power of
the field's generator. All the powers differ and none is zero, so every single wrong symbol and every swap of two
neighbours is noticed, the check symbol's included.
"""

import os
import re
from typing import Final
from urllib.parse import unquote_plus

from largesse.kernel.errors import InvalidInput
from largesse.kernel.normal_form import nfkc

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY_LENGTH = 16
PREFIX_PATTERN = re.compile(r"[A-Z]{1,4}")
SAMPLE_MARK = "TEST"

_SYMBOL_OF_BYTE = "".join(ALPHABET[byte % len(ALPHABET)] for byte in range(256)).encode()  # 32 divides 256: no bias
# What people, word processors and input methods put between the groups: every space, dash and thing that is not seen.
_SEPARATORS = " \t-\u00a0\u00ad\u2212\u3000\ufeff" + "".join(map(chr, (*range(0x2000, 0x2016), 0x202F, 0x205F, 0x2060)))
_FOLD = str.maketrans({"O": "0", "I": "1", "L": "1"} | dict.fromkeys(_SEPARATORS))
# Of a merchant, folded, or of a sandbox: a digit and five symbols, as no merchant's can be.
_PREFIX = re.compile(rf"[0-9A-Z]{{1,4}}|[2-9][{ALPHABET}]{{5}}")
_LONGEST_INPUT = 64
_LONGEST_ADDRESS = 2048
FOREIGN_MAX: Final = 255
"""The longest number of another system that is kept."""
# The parameter of the redeem URL (partner-order-api.txt), also where the whole address was encoded once more.
_IN_ADDRESS = re.compile(r"(?:[?&]|%3F|%26)code(?:=|%3D)(?P<number>[^&#]+)", re.IGNORECASE)
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"U": ALPHABET.index("V")}  # a prefix may hold a U
_FIELD_HIGH_BIT = 0b10000
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1 is primitive, so x generates GF(32)
_BODY = re.compile(f"[{ALPHABET}]{{{BODY_LENGTH}}}")


class InvalidNumber(InvalidInput):
    """A text cannot be a certificate number, without repeating it."""

    code = "certificate.number.invalid"
    message = "That is not a certificate number. Check it against the certificate and type it again."


def fold_prefix(prefix: str) -> str:
    """Return a merchant's `prefix` in the form in which it is compared: O read as 0, I and L as 1."""
    return prefix.translate(_FOLD)


def fold_symbols(text: str) -> str:
    """Return symbols of the alphabet as they were meant, however they were typed; nothing of what is too long."""
    return nfkc(text).strip().upper().translate(_FOLD) if len(text) <= _LONGEST_INPUT else ""


def fold_number(text: str) -> str:
    """Return the form in which numbers of any system are compared: ours, and those that were brought from another.

    Nothing for what is empty, too long, or holds what nobody can type.
    """
    if len(text) > FOREIGN_MAX:
        return ""
    folded = nfkc(text).strip().upper().translate(_FOLD)
    return folded if folded.isprintable() else ""


def check_symbol(folded: str) -> str:
    """Return the check symbol of `folded`: prefix and random symbols, in folded form."""
    parity = 0
    for symbol in folded:
        parity = _TIMES_GENERATOR[parity ^ _VALUES[symbol]]
    return ALPHABET[parity]


def make_number(prefix: str) -> str:
    """Return a fresh certificate number from the system's secure random source."""
    while True:
        body = random_symbols(BODY_LENGTH - 1)
        if not body.startswith(SAMPLE_MARK):
            return _complete(prefix, body)


def make_sample_number(prefix: str) -> str:
    """Return a number that looks real and is marked as a sample, which no real number ever is."""
    return _complete(prefix, SAMPLE_MARK + random_symbols(BODY_LENGTH - 1 - len(SAMPLE_MARK)))


def number_in(text: str) -> str:
    """Return the number in what somebody typed or scanned: the text, or what stands in it as a redeem URL.

    Nothing for what is too long to be one.
    """
    if len(text) > _LONGEST_ADDRESS:
        return ""
    found = _IN_ADDRESS.search(text)
    return unquote_plus(found["number"]).partition("&")[0] if found else text


def read_number(text: str) -> str:
    """Return the folded form of a number, or of the redeem URL that holds one, as somebody typed or scanned it.

    It is the form that is looked up and hashed.

    Raises:
        InvalidNumber: the length, a symbol or the check symbol is wrong.
    """
    return read_bare_number(number_in(text))


def read_bare_number(text: str) -> str:
    """Return the folded form of a number that stands alone, without an address around it.

    Raises:
        InvalidNumber: the length, a symbol or the check symbol is wrong.
    """
    if len(text) > _LONGEST_INPUT:
        raise InvalidNumber
    folded = fold_symbols(text)
    prefix, body = folded[:-BODY_LENGTH], folded[-BODY_LENGTH:]
    if not _PREFIX.fullmatch(prefix) or not _BODY.fullmatch(body):
        raise InvalidNumber
    if check_symbol(folded[:-1]) != folded[-1]:
        raise InvalidNumber
    return folded


def folded_prefix_of(folded: str) -> str:
    """Return the folded merchant prefix of a number that `read_number` returned."""
    return folded[:-BODY_LENGTH]


def is_sample(folded: str) -> bool:
    """Return whether a number that `read_number` returned is a sample, worth nothing."""
    return folded[-BODY_LENGTH:].startswith(SAMPLE_MARK)


def is_ours(number: str) -> bool:
    """Return whether a number is of our own form, rather than of another system's."""
    try:
        read_bare_number(number)
    except InvalidNumber:
        return False
    return True


def in_groups(number: str) -> str:
    """Write a number for people: prefix and groups of four, `GL-7K2M-9QXR-4T8W-HB3C`; another system's as it is."""
    if not is_ours(number):
        return number
    prefix, body = number[:-BODY_LENGTH], number[-BODY_LENGTH:]
    return "-".join([prefix, *(body[at : at + 4] for at in range(0, BODY_LENGTH, 4))])


def last_four(number: str) -> str:
    """Return the last symbols: all that a screen shows. Four, or a third of a number that is shorter than twelve."""
    symbols = number if is_ours(number) else "".join(filter(str.isalnum, number.upper()))[:FOREIGN_MAX]
    return symbols[-min(4, max(len(symbols) // 3, 1)) :] or number[-1:]


def random_symbols(count: int) -> str:
    """Return `count` secure random symbols of the alphabet, five bits each."""
    return os.urandom(count).translate(_SYMBOL_OF_BYTE).decode()


def _complete(prefix: str, body: str) -> str:
    return f"{prefix}{body}{check_symbol(fold_prefix(prefix) + body)}"


def _times_generator(value: int) -> int:
    doubled = value << 1
    return doubled ^ _FIELD_POLYNOMIAL if value & _FIELD_HIGH_BIT else doubled


_TIMES_GENERATOR = tuple(map(_times_generator, range(32)))
