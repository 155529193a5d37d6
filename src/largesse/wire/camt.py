"""Bank statements in CAMT.053 (ISO 20022), as versions .02 and .08 write them, and those between.

What differs: the state of an entry is a text or a code, parties have their names directly or below `Pty`, and details
carry their amount below `AmtDtls/TxAmt` or directly. An entry that was only announced is no line. `CdtDbtInd` says
which way the money went also where `RvslInd` says that it takes an earlier entry back (a reversed credit is a debit).
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec.structs import replace

from largesse.kernel.bank_statements import Balance, BankLine, BankStatement
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import InvalidInput
from largesse.kernel.money import TooManyDecimals, parse
from largesse.wire.bank_files import (
    SIZE_MAX,
    BankFileBroken,
    BankFileUnknown,
    a_name,
    a_reference,
    amount_of,
    an_iban,
    day_of,
    joined,
    squeezed,
    within,
)
from largesse.wire.elements import Element, read_elements

_NAMESPACE: Final = "camt.053.001."
_OPENINGS: Final = ("OPBD", "PRCD")
_CLOSINGS: Final = ("CLBD",)
_INSIDE: Final = "ITBD"
"""A balance between two parts of a statement: the first of them opens, the last closes."""


def read_camt(body: bytes) -> tuple[BankStatement, ...]:
    """Return the statements in a file.

    Raises:
        BankFileUnknown: it is XML of another kind.
        BankFileBroken: a value in it is none.
        WireError: it cannot be read as XML; `CutOff` where it ends in the middle.
    """
    root = read_elements(body, size_max=SIZE_MAX)
    message = root.first("BkToCstmrStmt")
    if root.name != "Document" or _NAMESPACE not in root.namespace or message is None:
        raise BankFileUnknown
    version = root.namespace.rpartition(":")[2]
    return within(joined([_statement(one, version) for one in message.all("Stmt")]))


def _statement(statement: Element, version: str) -> BankStatement:
    account = statement.first("Acct") or Element("Acct", "", {})
    number = an_iban(account.at("Id", "IBAN")) or an_iban(account.at("Id", "Othr", "Id"))
    currency = account.at("Ccy")
    lines: list[BankLine] = []
    for place, entry in enumerate(statement.all("Ntry"), start=1):
        if _state(entry) == "BOOK":
            lines += _lines(entry, place)
    opening, closing = _balances(statement)
    return BankStatement(
        format=version,
        account=number,
        currency=currency or next((line.currency for line in lines), "") or _currency_of_balance(statement),
        number=a_reference(statement.at("ElctrncSeqNb") or statement.at("Id")),
        opening=opening,
        closing=closing,
        lines=tuple(lines),
    )


def _state(entry: Element) -> str:
    return entry.at("Sts", "Cd") or entry.at("Sts")


def _balances(statement: Element) -> tuple[Balance | None, Balance | None]:
    known: dict[str, list[Balance]] = {}
    for one in statement.all("Bal"):
        code = one.at("Tp", "CdOrPrtry", "Cd")
        day = one.at("Dt", "Dt") or one.at("Dt", "DtTm")
        known.setdefault(code, []).append(Balance(on=day_of(day, where=f"Bal {code}"), amount=_signed(one, "Bal")[0]))

    def pick(codes: tuple[str, ...], place: int) -> Balance | None:
        found = next((known[code] for code in (*codes, _INSIDE) if code in known), None)
        return None if found is None else found[place]

    return pick(_OPENINGS, 0), pick(_CLOSINGS, -1)


def _currency_of_balance(statement: Element) -> str:
    balance = statement.first("Bal", "Amt")
    return balance.attributes.get("Ccy", "") if balance is not None else ""


def _signed(holder: Element, where: str) -> tuple[int, str]:
    """Return what came in (above zero) or left, and its currency."""
    amount = holder.first("Amt")
    if amount is None:
        raise BankFileBroken(where, "Amt")
    code = amount.attributes.get("Ccy", "")
    minor = amount_of(amount.text, code, where=where)
    way = holder.at("CdtDbtInd")
    if way not in {"CRDT", "DBIT"}:
        raise BankFileBroken(where, f"CdtDbtInd {way}")
    return (-minor if way == "DBIT" else minor), code


def _lines(entry: Element, place: int) -> Iterator[BankLine]:
    """Yield an entry, or what it is made of where the bank tells all of that."""
    where = f"Ntry {place}"
    amount, currency = _signed(entry, where)
    whole = BankLine(
        place=place,
        booked_on=day_of(entry.at("BookgDt", "Dt") or entry.at("BookgDt", "DtTm"), where=where),
        value_on=_value_day(entry, where),
        amount=amount,
        currency=currency,
        entry_reference=a_reference(entry.at("AcctSvcrRef")) or a_reference(entry.at("NtryRef")),
        text=squeezed(entry.at("AddtlNtryInf")),
        code=_code(entry),
        reversed=entry.at("RvslInd") in {"true", "1"},
    )
    details = list(entry.all("NtryDtls", "TxDtls"))
    parts = [_part_amount(one, whole) for one in details]
    if len(details) > 1 and None not in parts and sum(part or 0 for part in parts) == amount:
        for number, (one, part) in enumerate(zip(details, parts, strict=True), start=1):
            yield _detailed(whole, one, amount=part or 0, part=number)
    elif len(details) == 1:
        yield _detailed(whole, details[0], amount=amount, part=0)
    else:
        texts = [whole.text, *(_text(one) for one in details)]
        yield replace(whole, text=squeezed(" ".join(filter(None, texts))))


def _value_day(entry: Element, where: str) -> date | None:
    text = entry.at("ValDt", "Dt") or entry.at("ValDt", "DtTm")
    return day_of(text, where=where) if text else None


def _part_amount(details: Element, whole: BankLine) -> int | None:
    """Return what a part of an entry came to, signed; None where the bank does not tell, or in another currency."""
    amount = details.first("Amt") or details.first("AmtDtls", "TxAmt", "Amt")
    if amount is None or amount.attributes.get("Ccy") != whole.currency:
        return None
    try:
        minor = parse(amount.text.strip(), currency_of(whole.currency)).minor
    except TooManyDecimals:
        return None
    except InvalidInput as error:
        raise BankFileBroken(f"Ntry {whole.place}", amount.text) from error
    way = details.at("CdtDbtInd") or ("DBIT" if whole.amount < 0 else "CRDT")
    return -minor if way == "DBIT" else minor


def _detailed(whole: BankLine, details: Element, *, amount: int, part: int) -> BankLine:
    parties = details.first("RltdPties") or Element("RltdPties", "", {})
    side = "Cdtr" if amount < 0 else "Dbtr"
    if whole.reversed:  # the parties are still those of what is taken back
        side = "Dbtr" if side == "Cdtr" else "Cdtr"
    account = parties.first(f"{side}Acct") or Element("", "", {})
    return replace(
        whole,
        amount=amount,
        part=part,
        entry_reference=whole.entry_reference or a_reference(details.at("Refs", "AcctSvcrRef")),
        name=a_name(parties.at(side, "Pty", "Nm") or parties.at(side, "Nm")),
        iban=an_iban(account.at("Id", "IBAN") or account.at("Id", "Othr", "Id")),
        text=_text(details) or whole.text,
        structured=_structured(details),
        end_to_end=a_reference(details.at("Refs", "EndToEndId")),
    )


def _text(details: Element) -> str:
    written = [one.text for one in details.all("RmtInf", "Ustrd")]
    written += [one.text for one in details.all("RmtInf", "Strd", "AddtlRmtInf")]
    return squeezed(" ".join(written) or details.at("AddtlTxInf"))


def _structured(details: Element) -> str:
    return a_reference("".join(details.at("RmtInf", "Strd", "CdtrRefInf", "Ref").split()))


def _code(entry: Element) -> str:
    kind = entry.first("BkTxCd")
    if kind is None:
        return ""
    names = [kind.at("Domn", "Cd"), kind.at("Domn", "Fmly", "Cd"), kind.at("Domn", "Fmly", "SubFmlyCd")]
    return squeezed("-".join(filter(None, names)) or kind.at("Prtry", "Cd"), 40)
