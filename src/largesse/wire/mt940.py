"""Bank statements in MT940 (SWIFT), as banks of Europe write them.

`:61:` is a movement: value day, booking day, `C`, `D`, `RC` (a credit taken back: money leaves) or `RD`, the amount
with a comma, the kind, the payer's reference and the bank's behind `//`. `:86:` says more: in the German way behind
`?20` to `?33`, in that of SEPA behind `/NAME/`, `/REMI/` and the like, or as plain text. A message without `:62F:` or
`:62M:` was cut; one account's messages in a file are one statement.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from msgspec.structs import replace

from largesse.kernel.bank_statements import Balance, BankLine, BankStatement
from largesse.wire.bank_files import (
    SIZE_MAX,
    BankFileBroken,
    BankFileUnknown,
    a_name,
    a_reference,
    amount_of,
    an_iban,
    joined,
    squeezed,
    within,
)
from largesse.wire.errors import TooLarge

_TAG: Final = re.compile(r":(?P<tag>[0-9]{2}[A-Z]?):(?P<value>.*)", re.DOTALL)
_BALANCE: Final = re.compile(r"(?P<way>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9]+,[0-9]*)")
_MOVEMENT: Final = re.compile(
    r"(?P<value>[0-9]{6})(?P<booked>[0-9]{4})?(?P<way>R?[CD])(?P<funds>[A-Z])?(?P<amount>[0-9]+,[0-9]*)"
    r"(?P<kind>[A-Z][A-Z0-9]{3})(?P<customer>.{0,16}?)(?://(?P<bank>.{0,34}))?"
)
_FIELD: Final = re.compile(r"\?(?P<code>[0-9]{2})")
_SLASHED: Final = re.compile(r"/(?P<code>[A-Z]{4})/")
_GERMAN: Final = re.compile(r"\A[0-9]{3}(?=\?)")
_CODED: Final = re.compile(r"(?P<code>EREF|KREF|MREF|CRED|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_WRITTEN: Final = frozenset([*(f"{code:02}" for code in range(20, 30)), *(f"{code:02}" for code in range(60, 64))])


def read_mt940(body: bytes) -> tuple[BankStatement, ...]:
    """Return the statements in a file: one for each account, its messages in a row.

    Raises:
        BankFileUnknown: it is no MT940.
        BankFileBroken: a value in it is none.
        TooLarge: it has more bytes than are read at once.
    """
    if len(body) > SIZE_MAX:
        raise TooLarge(SIZE_MAX)
    messages = list(_messages(_decoded(body)))
    if not messages:
        raise BankFileUnknown
    return within(joined([_statement(message, place) for place, message in enumerate(messages, start=1)]))


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("windows-1252", errors="replace")


_Fields = list[tuple[str, str]]


def _messages(text: str) -> Iterator[_Fields]:
    """Yield the fields of each message, in their order."""
    fields: _Fields = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bare = line.removeprefix("{4:").rstrip()
        if bare.startswith("{1:"):
            bare = bare.partition("{4:")[2]
        found = _TAG.match(bare)
        begins = found is not None and found["tag"] == "20"
        if fields and (begins or bare in {"-", "-}"}):
            yield fields
            fields = []
        if found is not None and (fields or begins):
            fields.append((found["tag"], found["value"]))
        elif fields and bare not in {"-", "-}"}:
            tag, value = fields[-1]
            fields[-1] = (tag, f"{value}\n{bare}")
    if fields:
        yield fields


def _statement(fields: _Fields, place: int) -> BankStatement:
    first: dict[str, str] = {}
    for tag, value in fields:
        first.setdefault(tag, value.partition("\n")[0].strip())
    if "25" not in first or not ({"60F", "60M"} & first.keys()):
        raise BankFileBroken(f"message {place}", "no :25: or :60F:")
    opening, currency = _balance(first.get("60F") or first.get("60M"), ":60F:")
    closing, _ = _balance(first.get("62F") or first.get("62M"), ":62F:")
    return BankStatement(
        format="mt940",
        account=_account(first["25"]),
        currency=currency,
        number=a_reference(first.get("28C", "") or first.get("28", "")),
        opening=opening,
        closing=closing,
        lines=tuple(_lines(fields, currency)),
        complete=bool({"62F", "62M"} & first.keys()),
    )


def _account(text: str) -> str:
    """Return an account: an IBAN, else as banks write it, `bank code/number` without a currency at its end."""
    return an_iban(re.sub(r"(?<=[0-9])[A-Z]{3}\Z", "", text.strip()))


def _balance(text: str | None, where: str) -> tuple[Balance | None, str]:
    if text is None:
        return None, ""
    found = _BALANCE.fullmatch(text.strip())
    if found is None:
        raise BankFileBroken(where, text)
    amount = _amount(found["amount"], found["currency"], where)
    day = _day(found["day"], where)
    return Balance(on=day, amount=-amount if found["way"] == "D" else amount), found["currency"]


def _lines(fields: Sequence[tuple[str, str]], currency: str) -> Iterator[BankLine]:
    place, waiting = 0, None
    for tag, value in fields:
        if tag == "61":
            if waiting is not None:
                yield waiting
            place += 1
            waiting = _movement(value, place, currency)
        elif tag == "86" and waiting is not None:
            yield _described(waiting, value)
            waiting = None
    if waiting is not None:
        yield waiting


def _movement(value: str, place: int, currency: str) -> BankLine:
    where = f":61: {place}"
    line, _, more = value.partition("\n")
    found = _MOVEMENT.fullmatch(line.strip())
    if found is None:
        raise BankFileBroken(where, line)
    day = _day(found["value"], where)
    amount = _amount(found["amount"], currency, where)
    leaves = found["way"] in {"D", "RC"}
    return BankLine(
        place=place,
        booked_on=_booked(day, found["booked"], where),
        value_on=day,
        amount=-amount if leaves else amount,
        currency=currency,
        entry_reference=a_reference(found["bank"] or ""),
        text=squeezed(more),
        end_to_end=a_reference(found["customer"]),
        code=found["kind"],
        reversed=found["way"].startswith("R"),
    )


def _described(line: BankLine, value: str) -> BankLine:
    text = value.replace("\n", "")
    if _GERMAN.match(text):
        return _german(line, text)
    if _SLASHED.search(text):
        return _slashed(line, text)
    return replace(line, text=squeezed(value.replace("\n", " ")))


def _german(line: BankLine, text: str) -> BankLine:
    fields = _parted(text, _FIELD)
    written = "".join(inside for code, inside in fields if code in _WRITTEN)
    coded = dict(_parted(written, _CODED))
    by_code = dict(fields)
    return replace(
        line,
        text=squeezed(coded.get("SVWZ", "") if coded else written) or squeezed(by_code.get("00", "")),
        name=a_name("".join(inside for code, inside in fields if code in {"32", "33"})),
        iban=an_iban(by_code.get("31", "") or coded.get("IBAN", "")),
        end_to_end=a_reference(coded.get("EREF", "")) or line.end_to_end,
        structured=_rf(coded.get("SVWZ", "") if coded else written),
    )


def _slashed(line: BankLine, text: str) -> BankLine:
    fields = dict(_parted(text, _SLASHED))
    remittance = fields.get("REMI", "")
    structured = remittance.removeprefix("STRD/CUR/").removeprefix("STRD//") if "STRD" in remittance else ""
    written = remittance.removeprefix("USTD//").strip("/")
    return replace(
        line,
        text=squeezed(written),
        name=a_name(fields.get("NAME", "").strip("/")),
        iban=an_iban(fields.get("IBAN", "").strip("/")),
        end_to_end=a_reference(fields.get("EREF", "").strip("/")) or line.end_to_end,
        structured=a_reference(structured.strip("/")) or _rf(written),
    )


def _rf(text: str) -> str:
    """Return a text that is a creditor's reference of ISO 11649 and nothing else."""
    bare = "".join(text.split()).upper()
    return bare if re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", bare) else ""


def _parted(text: str, sign: re.Pattern[str]) -> list[tuple[str, str]]:
    found = list(sign.finditer(text))
    ends = [*(one.start() for one in found[1:]), len(text)]
    return [(one["code"], text[one.end() : end]) for one, end in zip(found, ends, strict=False)]


def _amount(text: str, code: str, where: str) -> int:
    whole, _, cents = text.partition(",")
    return amount_of(f"{whole}.{cents or '0'}", code, where=where)


def _day(text: str, where: str) -> date:
    """Return a day of two digits a year: those of this century."""
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError as error:
        raise BankFileBroken(where, text) from error


def _booked(value: date, text: str | None, where: str) -> date:
    """Return the booking day, which has no year of its own: the one that is nearer to the value day."""
    if not text:
        return value
    near = []
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            near.append(date(year, int(text[:2]), int(text[2:4])))
        except ValueError:
            continue
    if not near:
        raise BankFileBroken(where, text)
    return min(near, key=lambda day: abs(day - value))
