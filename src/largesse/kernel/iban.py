"""International bank account numbers (ISO 13616) and creditors' references (ISO 11649): both end well modulo 97."""

from typing import Final

from stdnum import iban as _iban
from stdnum import iso11649 as _iso11649
from stdnum.exceptions import ValidationError

from largesse.kernel.errors import InvalidInput

_BANK_LENGTH: Final = {
    "AT": 5, "BE": 3, "CH": 5, "CZ": 4, "DE": 8, "DK": 4, "ES": 4, "FI": 3, "FR": 5, "GB": 4, "IE": 4, "IT": 6, "LI": 5,
    "LU": 3, "NL": 4, "NO": 4, "PL": 8, "PT": 4, "SE": 3, "SK": 4,
}  # fmt: skip
"""How many characters behind the check digits name the bank; four where nothing else is known."""


class AccountNumberInvalid(InvalidInput):
    """An IBAN is none: its length, its form or its check digits."""

    code = "iban.invalid"
    message = "This is no IBAN: its length, its form or its check digits are wrong. Copy it from a statement."


def read_iban(text: str) -> str:
    """Return an IBAN without spaces, in capitals.

    Raises:
        AccountNumberInvalid: it is none.
    """
    try:
        return str(_iban.validate(text))
    except ValidationError as error:
        raise AccountNumberInvalid from error


def is_iban(text: str) -> bool:
    """Return whether a text is an IBAN."""
    return bool(_iban.is_valid(text))


def written_iban(iban: str) -> str:
    """Return an IBAN as people read it, in groups of four."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def bank_of(iban: str) -> str:
    """Return what of an IBAN names the country and the bank."""
    return iban[:2] + iban[4 : 4 + _BANK_LENGTH.get(iban[:2], 4)]


def read_rf(text: str) -> str | None:
    """Return a creditor's reference without spaces, in capitals; None where it is none."""
    bare = "".join(text.split()).upper()
    return bare if bare.startswith("RF") and _iso11649.is_valid(bare) else None
