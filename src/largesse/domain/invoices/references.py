"""What identifies an invoice to a bank, and who stands on it to the state: references, account numbers, tax ids."""

import re
from typing import Final

from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from largesse.domain.invoices.errors import IbanInvalid, TaxIdInvalid

_REFERENCE_MAX: Final = 21
_NOT_ALPHANUMERIC: Final = re.compile(r"[^A-Z0-9]")


def reference_of(invoice_number: str) -> str:
    """Return the structured creditor reference of an invoice number: `RF`, two check digits, the number (ISO 11649).

    Letters and digits of the number alone, the last 21 of them: what banks carry.
    """
    body = _NOT_ALPHANUMERIC.sub("", invoice_number.upper())[-_REFERENCE_MAX:]
    digits: str = mod_97_10.calc_check_digits(body + "RF")
    return f"RF{digits}{body}"


def check_iban(text: str) -> str:
    """Return an IBAN without spaces (ISO 13616); empty stays empty.

    Raises:
        IbanInvalid: its check digits, or its country's own, are wrong.
    """
    if not text.strip():
        return ""
    try:
        found: str = ibans.validate(text)
    except ValidationError as error:
        raise IbanInvalid from error
    return found


def check_bic(text: str) -> str:
    """Return a BIC (ISO 9362) in capitals; empty stays empty.

    Raises:
        IbanInvalid: it is none.
    """
    if not text.strip():
        return ""
    try:
        found: str = bics.validate(text)
    except ValidationError as error:
        raise IbanInvalid(
            "That is no BIC: it has 8 or 11 characters, the fifth and sixth of which name a country."
        ) from error
    return found


def check_vat_id(text: str) -> str:
    """Return a VAT id as invoices write it, its check digit known to be right where its country has one.

    Outside of the European Union any text may be one, and is kept as it is, without spaces at its ends.

    Raises:
        TaxIdInvalid: it begins as one of a member state does, and is none.
    """
    text = text.strip()
    prefix = text.replace(" ", "")[:2].upper()
    if prefix.lower() not in vat.MEMBER_STATES and prefix != "EL":
        return text
    try:
        found: str = vat.validate(text)
    except ValidationError as error:
        raise TaxIdInvalid from error
    return found
