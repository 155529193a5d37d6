"""What a line that came in may be paying for: open invoices, the surest first, each with the reason. Pure.

One index over all open invoices answers every line: what a line says is looked up, never searched. In the order of how
sure they are: an invoice's number or its structured reference in the text; a refcode with the amount; the amount from
somebody who is known; the amount alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from largesse.kernel.bank_statements import BankLine
from largesse.kernel.normal_form import ascii_of, nfkc

SUGGESTED_MAX: Final = 5
_NAMED_MAX: Final = 50
_SURE_DIGITS: Final = 4
"""A number with fewer digits and no letters is one of many things in a text: it has to come with its amount."""
_PARTS: Final = re.compile(r"[A-Z]+|[0-9]+")
_WORDS: Final = re.compile(r"[A-Z0-9]+")
_WORDS_OF_REFCODE: Final = 3
_REFERENCE: Final = re.compile(r"RF[0-9]{2}")
_REFERENCE_MAX: Final = 25
_FORM_WORDS: Final = (
    "AB AG AND AS BV CO CORP EG EK EV GBR GMBH INC KG LLC LLP LTD MBH NV OHG PLC SA SARL SAS SE SL SPA SRL THE UG UND"
)
_FORMS: Final = frozenset(_FORM_WORDS.split())
_ALIKE_MAX: Final = 50
"""A word that more partners have in their name tells nobody apart."""


class Reason(IntEnum):
    """Why an invoice is suggested; the less, the surer. Stored by name, and never renamed."""

    REFERENCE = 1
    """Its structured reference is in the text."""
    NUMBER = 2
    """Its number is in the text."""
    REFCODE = 3
    """One of its refcodes is in the text, and the amount is what is open of it."""
    PAYER = 4
    """The amount is what is open of it, and it comes from whom it was sent to."""
    AMOUNT = 5
    """The amount is what is open of it."""


class OpenInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an invoice that is not settled; `open` in the smallest unit of its currency."""

    invoice_id: UUID
    number: str
    partner_id: UUID
    partner: str
    currency: str
    open: int
    reference: str = ""
    refcodes: tuple[str, ...] = ()


class InvoicePart(NamedTuple):
    """So much of a line for one invoice."""

    invoice: OpenInvoice
    amount: int


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a line may be for: parts for one partner, and what would be left over as its credit."""

    reason: Reason
    parts: tuple[InvoicePart, ...]
    over: int = 0

    @property
    def partner_id(self) -> UUID:
        """Return whose invoices they are."""
        return self.parts[0].invoice.partner_id


class InvoiceIndex:
    """Open invoices by all that a line can say of them. `payers` are account numbers that partners have paid from."""

    def __init__(self, invoices: Iterable[OpenInvoice], payers: Mapping[str, UUID] | None = None) -> None:
        self._payers = dict(payers or {})
        self._by_reference: dict[str, OpenInvoice] = {}
        self._by_number: dict[tuple[str, ...], list[OpenInvoice]] = defaultdict(list)
        self._by_refcode: dict[tuple[str, int, str], list[OpenInvoice]] = defaultdict(list)
        self._by_amount: dict[tuple[str, int], list[OpenInvoice]] = defaultdict(list)
        self._by_payer: dict[tuple[UUID, str, int], list[OpenInvoice]] = defaultdict(list)
        self._names: dict[str, set[UUID]] = defaultdict(set)
        self._words_of: dict[UUID, frozenset[str]] = {}
        self._longest = 1
        for one in invoices:
            self._add(one)

    def _add(self, one: OpenInvoice) -> None:
        if one.reference:
            self._by_reference[one.reference.upper()] = one
        parts = number_parts(one.number)
        self._by_number[parts].append(one)
        self._longest = max(self._longest, len(parts))
        for refcode in one.refcodes:
            self._by_refcode[one.currency, one.open, _bare(refcode)].append(one)
        self._by_amount[one.currency, one.open].append(one)
        self._by_payer[one.partner_id, one.currency, one.open].append(one)
        if one.partner_id not in self._words_of:
            words = _words_of_name(one.partner)
            self._words_of[one.partner_id] = words
            for word in words:
                self._names[word].add(one.partner_id)

    def suggest(self, line: BankLine, left: int) -> list[Suggestion]:
        """Return what `left` of a line may be for, the surest first, at most `SUGGESTED_MAX`.

        Nothing is suggested for money that left the account.
        """
        if left <= 0:
            return []
        text = _folded(" ".join((line.structured, line.text, line.end_to_end)))
        found = self._named(text, line, left)
        taken = {part.invoice.invoice_id for one in found for part in one.parts}
        for reason, invoices in self._others(text, line, left):
            for invoice in invoices:
                if len(found) >= SUGGESTED_MAX:
                    return found
                if invoice.invoice_id not in taken:
                    taken.add(invoice.invoice_id)
                    found.append(Suggestion(reason=reason, parts=(InvoicePart(invoice, left),)))
        return found[:SUGGESTED_MAX]

    def payer_of(self, line: BankLine) -> UUID | None:
        """Return which partner a line comes from: by its account number, else by a name that is one partner's alone."""
        known = self._payers.get(line.iban) if line.iban else None
        if known is not None:
            return known
        words = _words_of_name(line.name)
        near = [self._names[word] for word in words if word in self._names]
        telling = {one for partners in near if len(partners) <= _ALIKE_MAX for one in partners}
        same = [one for one in telling if self._words_of[one] <= words or words <= self._words_of[one]]
        return same[0] if len(same) == 1 else None

    def _named(self, text: str, line: BankLine, left: int) -> list[Suggestion]:
        """Return what the text names: all of it together where it is one partner's, else each by itself."""
        by_reference = self._references(text)
        named = {one.invoice_id: (Reason.NUMBER, one) for one in self._numbers(text, line, left)}
        named |= {one.invoice_id: (Reason.REFERENCE, one) for one in by_reference}
        if not named:
            return []
        invoices = [one for _, one in named.values() if one.currency == line.currency]
        if len({one.partner_id for one in invoices}) == 1:
            reason = max(reason for reason, one in named.values() if one.currency == line.currency)
            return [_together(reason, invoices, left)]
        return [_together(reason, [one], left) for reason, one in named.values() if one.currency == line.currency]

    def _references(self, text: str) -> list[OpenInvoice]:
        if not self._by_reference or "RF" not in text:
            return []
        bare = "".join(_WORDS.findall(text))
        found = []
        for start in _REFERENCE.finditer(bare):
            for end in range(min(start.start() + _REFERENCE_MAX, len(bare)), start.end(), -1):
                one = self._by_reference.get(bare[start.start() : end])
                if one is not None:
                    found.append(one)
                    break
        return found

    def _numbers(self, text: str, line: BankLine, left: int) -> list[OpenInvoice]:
        parts = _parts(text)
        found: dict[UUID, OpenInvoice] = {}
        place = 0
        while place < len(parts) and len(found) < _NAMED_MAX:
            step = 1
            for length in range(min(self._longest, len(parts) - place), 0, -1):
                hits = self._by_number.get(parts[place : place + length])
                sure = [
                    one
                    for one in hits or ()
                    if _is_telling(one.number) or (one.open, one.currency) == (left, line.currency)
                ]
                if sure:
                    found |= {one.invoice_id: one for one in sure}
                    step = length
                    break
            place += step
        return list(found.values())

    def _others(self, text: str, line: BankLine, left: int) -> Iterable[tuple[Reason, Sequence[OpenInvoice]]]:
        single = _WORDS.findall(text)
        words = dict.fromkeys(
            "".join(single[place : place + length]).lstrip("0")
            for length in range(_WORDS_OF_REFCODE, 0, -1)
            for place in range(len(single) - length + 1)
        )
        coded = [one for word in words for one in self._by_refcode.get((line.currency, left, word), ())]
        yield Reason.REFCODE, coded
        payer = self.payer_of(line)
        if payer is not None:
            yield Reason.PAYER, self._by_payer.get((payer, line.currency, left), ())
        yield Reason.AMOUNT, self._by_amount.get((line.currency, left), ())[:SUGGESTED_MAX]


def _together(reason: Reason, invoices: Sequence[OpenInvoice], left: int) -> Suggestion:
    """Return a suggestion of several invoices: each is paid as far as the money goes, in the order they were named."""
    parts, rest = [], left
    for invoice in invoices:
        amount = min(invoice.open, rest)
        if amount > 0:
            parts.append(InvoicePart(invoice, amount))
            rest -= amount
    return Suggestion(reason=reason, parts=tuple(parts), over=rest)


def number_parts(number: str) -> tuple[str, ...]:
    """Return an invoice's number as people write it, however: its letters and its digits, without zeros in front."""
    return _parts(_folded(number))


def _parts(folded: str) -> tuple[str, ...]:
    return tuple(part.lstrip("0") or "0" for part in _PARTS.findall(folded))


def _is_telling(number: str) -> bool:
    folded = _folded(number)
    digits = sum(char.isdigit() for char in folded)
    return digits >= _SURE_DIGITS or (digits > 0 and any(char.isalpha() for char in folded))


def _bare(code: str) -> str:
    """Return a refcode as a word of a folded text: without zeros in front."""
    return "".join(_WORDS.findall(_folded(code))).lstrip("0")


def _folded(text: str) -> str:
    """Return a text in capitals without accents; a dash that ASCII has not parts what stands beside it."""
    if text.isascii():
        return text.upper()
    return ascii_of("".join(char if char.isalnum() or char.isascii() else " " for char in nfkc(text))).upper()


def _words_of_name(name: str) -> frozenset[str]:
    """Return the words of a name that tell it from others: without legal forms and single letters."""
    return frozenset(word for word in _WORDS.findall(_folded(name)) if len(word) > 1 and word not in _FORMS)
