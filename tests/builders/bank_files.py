"""Files of banks, written from what they say: CAMT.053 in two versions, MT940, and CSV."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape

from largesse.kernel.bank_statements import Balance, BankLine, BankStatement
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.money import plain

IBAN = "DE89370400440532013000"
PAYER = "AT611904300234573201"
DAY = date(2026, 11, 20)


def a_line(amount: int = 100_00, *, place: int = 1, **more: object) -> BankLine:
    """A movement in euros."""
    facts = {
        "place": place,
        "booked_on": DAY,
        "value_on": DAY,
        "amount": amount,
        "currency": "EUR",
        "entry_reference": f"REF{place}",
        "name": "Ada Lovelace",
        "iban": PAYER,
        "text": f"Invoice {place}",
        **more,
    }
    return BankLine(**facts)  # type: ignore[arg-type]  # facts are named as the fields are


def a_statement(lines: Sequence[BankLine] = (), *, opening: int = 1_000_00, **more: object) -> BankStatement:
    """What a bank says of one day, whose balances are true."""
    facts = {
        "format": "camt.053.001.08",
        "account": IBAN,
        "currency": "EUR",
        "number": "17",
        "opening": Balance(on=DAY, amount=opening),
        "closing": Balance(on=DAY + timedelta(days=1), amount=opening + sum(one.amount for one in lines)),
        "lines": tuple(lines),
        **more,
    }
    return BankStatement(**facts)  # type: ignore[arg-type]  # facts are named as the fields are


def _amount(minor: int, code: str) -> str:
    return plain(abs(minor), currency_of(code))


def _way(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"


def camt(statement: BankStatement, *, version: str = "08", state: str = "BOOK") -> bytes:
    """A CAMT.053 file; entries whose lines are parts of one (`part`) are written as one entry with details."""
    entries: dict[int, list[BankLine]] = {}
    for line in statement.lines:
        entries.setdefault(line.place, []).append(line)
    new = version == "08"
    balances = [("OPBD", statement.opening), ("CLBD", statement.closing)]
    body = "".join(_balance(code, one, statement.currency) for code, one in balances if one is not None)
    body += "".join(_entry(parts, new=new, state=state) for parts in entries.values())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T06:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{statement.number}</Id><ElctrncSeqNb>{statement.number}</ElctrncSeqNb>"
        f"<CreDtTm>2026-11-21T06:00:00Z</CreDtTm>"
        f"<Acct><Id><IBAN>{statement.account}</IBAN></Id><Ccy>{statement.currency}</Ccy></Acct>"
        f"{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, one: Balance, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{_amount(one.amount, currency)}</Amt><CdtDbtInd>{_way(one.amount)}</CdtDbtInd>'
        f"<Dt><Dt>{one.on}</Dt></Dt></Bal>"
    )


def _entry(parts: Sequence[BankLine], *, new: bool, state: str) -> str:
    first, total = parts[0], sum(one.amount for one in parts)
    told = f"<Sts><Cd>{state}</Cd></Sts>" if new else f"<Sts>{state}</Sts>"
    value = f"<ValDt><Dt>{first.value_on}</Dt></ValDt>" if first.value_on else ""
    reference = f"<AcctSvcrRef>{escape(first.entry_reference)}</AcctSvcrRef>" if first.entry_reference else ""
    turned = "<RvslInd>true</RvslInd>" if first.reversed else ""
    return (
        f'<Ntry><Amt Ccy="{first.currency}">{_amount(total, first.currency)}</Amt><CdtDbtInd>{_way(total)}</CdtDbtInd>'
        f"{turned}{told}<BookgDt><Dt>{first.booked_on}</Dt></BookgDt>{value}{reference}"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{''.join(_details(one, new=new) for one in parts)}</NtryDtls></Ntry>"
    )


def _details(one: BankLine, *, new: bool) -> str:
    side = "Dbtr" if (one.amount > 0) != one.reversed else "Cdtr"
    name = f"<Pty><Nm>{escape(one.name)}</Nm></Pty>" if new else f"<Nm>{escape(one.name)}</Nm>"
    amount = f'<Amt Ccy="{one.currency}">{_amount(one.amount, one.currency)}</Amt>'
    amount = (
        f"{amount}<CdtDbtInd>{_way(one.amount)}</CdtDbtInd>" if new else (f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>")
    )
    written = f"<Ustrd>{escape(one.text)}</Ustrd>" if one.text else ""
    if one.structured:
        kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp>"
        written += f"<Strd><CdtrRefInf>{kind}<Ref>{escape(one.structured)}</Ref></CdtrRefInf></Strd>"
    party = f"<{side}>{name}</{side}>" if one.name else ""
    party += f"<{side}Acct><Id><IBAN>{one.iban}</IBAN></Id></{side}Acct>" if one.iban else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{escape(one.end_to_end) or 'NOTPROVIDED'}</EndToEndId></Refs>{amount}"
        + (f"<RltdPties>{party}</RltdPties>" if party else "")
        + (f"<RmtInf>{written}</RmtInf>" if written else "")
        + "</TxDtls>"
    )


def mt940(statement: BankStatement, *, ended: bool = True) -> bytes:
    """An MT940 message in the German way."""
    opening, closing = statement.opening, statement.closing
    assert opening is not None
    assert closing is not None
    rows = [
        ":20:STARTUMS",
        f":25:{statement.account}",
        f":28C:{statement.number}/1",
        f":60F:{_mt_balance(opening, statement.currency)}",
    ]
    for one in statement.lines:
        day = one.value_on or one.booked_on
        way = ("D" if one.amount < 0 else "C") if not one.reversed else ("RC" if one.amount < 0 else "RD")
        amount = _amount(one.amount, one.currency).replace(".", ",")
        amount = amount if "," in amount else f"{amount},"
        bank = f"//{one.entry_reference}" if one.entry_reference else ""
        rows.append(f":61:{day:%y%m%d}{one.booked_on:%m%d}{way}{amount}NTRF{one.end_to_end or 'NONREF'}{bank}")
        written = [one.text[start : start + 27] for start in range(0, len(one.text), 27)]
        more = "".join(f"?{20 + place}{part}" for place, part in enumerate(written[:10]))
        rows.append(f":86:166?00GUTSCHRIFT{more}?31{one.iban}?32{one.name[:27]}?33{one.name[27:54]}")
    rows += [f":62F:{_mt_balance(closing, statement.currency)}", "-"] if ended else []
    return "\r\n".join([*rows, ""]).encode()


def _mt_balance(one: Balance, currency: str) -> str:
    amount = _amount(one.amount, currency).replace(".", ",")
    return f"{'D' if one.amount < 0 else 'C'}{one.on:%y%m%d}{currency}{amount if ',' in amount else f'{amount},'}"


def csv_file(lines: Sequence[BankLine], *, above: Sequence[str] = ("Account statement",)) -> bytes:
    """A CSV as a German bank writes it, with something above the header."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*above, *[""] * (7 - len(above))])
    writer.writerow(
        ["Buchungstag", "Valuta", "Betrag", "Währung", "Name Zahlungsbeteiligter", "IBAN", "Verwendungszweck"]
    )
    for one in lines:
        amount = plain(one.amount, currency_of(one.currency)).replace(".", ",")
        days = [f"{day:%d.%m.%Y}" if day else "" for day in (one.booked_on, one.value_on)]
        writer.writerow([*days, amount, one.currency, one.name, one.iban, one.text])
    return out.getvalue().encode()
