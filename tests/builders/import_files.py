"""A file as each system writes it, made from its documented columns; some of its rows stay behind."""

import io
from collections.abc import Sequence
from datetime import date

import msgspec
from openpyxl import Workbook

from largesse.domain.imports import Choices, LastDay


class ImportFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a preset: how many rows it brings, their value in the smallest unit, and how many stay behind."""

    data: bytes
    rows: int
    value: int
    currency: str = "EUR"
    left: int = 0
    choices: Choices = Choices()
    encoding: str = ""


def text(lines: Sequence[str]) -> bytes:
    """A file of lines."""
    return ("\r\n".join(lines) + "\r\n").encode()


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """A workbook with one sheet."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


FILES: dict[str, ImportFile] = {
    "gift_up": ImportFile(
        data=text(
            [
                (
                    "Code,Purchaser Name,Purchaser Email,Recipient Name,Recipient Email,Initial Balance,Balance,Price,"
                    "Item Name,Description,Terms,Message,Tip,Issued On,Expires On,Valid From"
                ),
                "7K2MX,Ann,ann@example.com,Bo,bo@example.com,50.00,35.50,50.00,Dinner,,,Enjoy,2.00,2025-01-31,2078-01-31,",
                "9QXRT,Ann,ann@example.com,Cy,,25.00,25.00,25.00,Dinner,,,,0.00,2025-02-28,,",
                "B4T8W,Ann,ann@example.com,Di,,25.00,0.00,25.00,Dinner,,,,0.00,2025-03-01,,",
            ]
        ),
        rows=2,
        value=6050,
        left=1,
    ),
    "shopify": ImportFile(
        data=text(
            [
                "code,initial value,balance,expires on,note",
                "ABCD2345EFGH6789,100.00,80.00,2078-01-01,gift",
                "ABCD2345EFGH678A,50.00,50.00,,",
            ]
        ),
        rows=2,
        value=13000,
    ),
    "pretix": ImportFile(
        data=text(
            [
                (
                    "Gift card code,Test mode card,Creation date,Expiry date,Special terms and conditions,Currency,"
                    "Current value,Created in order,Last invoice number of order,Last invoice date of order"
                ),
                "HGTRWZ7KQPL,No,2025-05-01T10:00:00+02:00,2078-12-31,,EUR,40.00,A1B2C,,",
                "TESTCARD12,Yes,2025-05-01T10:00:00+02:00,,,EUR,40.00,,,",
                "MNBVCX42AS,No,2025-06-01T10:00:00+02:00,,,EUR,15.00,A1B2D,,",
            ]
        ),
        rows=2,
        value=5500,
        left=1,
    ),
    "toast": ImportFile(
        data=text(["6012345678901234,25.00", "6012345678905678,30.50"]),
        rows=2,
        value=5550,
        choices=Choices(preset="toast"),
    ),
    "toast_inactive": ImportFile(
        data=text(["6012345678902222", "6012345678903333"]), rows=2, value=0, choices=Choices(preset="toast_inactive")
    ),
    "toggle": ImportFile(
        data=text(
            [
                (
                    "Card ID,Creation Date,Card Unique Code,Unique Code Alias,Gift Name,Order ID,Current Balance,"
                    "Recipient Name,Recipient Email,First top up value,Sold in site"
                ),
                "1,31/01/2025,6339000000000012345,SPA-2025-77,Spa,100,£45.00,Jo,jo@example.com,50.00,High Street",
                "2,28/02/2025,6339000000000067890,,Spa,101,£20.00,,,20.00,High Street",
            ]
        ),
        rows=2,
        value=6500,
        currency="GBP",
        choices=Choices(currency="GBP"),
    ),
    "square": ImportFile(
        data=b"""{"gift_cards": [
            {"id": "gftc:1", "type": "DIGITAL", "gan_source": "SQUARE", "state": "ACTIVE", "gan": "7783320001001635",
             "balance_money": {"amount": 2500, "currency": "USD"}, "created_at": "2025-05-20T22:26:54.000Z"},
            {"id": "gftc:2", "type": "PHYSICAL", "gan_source": "OTHER", "state": "PENDING", "gan": "7783320001001999",
             "balance_money": {"amount": 0, "currency": "USD"}, "created_at": "2025-05-20T22:26:54.000Z"},
            {"id": "gftc:3", "type": "DIGITAL", "gan_source": "SQUARE", "state": "BLOCKED", "gan": "7783320001002888",
             "balance_money": {"amount": 700, "currency": "USD"}, "created_at": "2025-05-20T22:26:54.000Z"}]}""",
        rows=2,
        value=2500,
        currency="USD",
        left=1,
    ),
    "commerce_layer": ImportFile(
        data=text(
            [
                (
                    "code,currency_code,balance_cents,balance_max_cents,status,single_use,rechargeable,image_url,expires_at,"
                    "recipient_email,reference"
                ),
                "a1b2c3d4-e5f6-7890-abcd-ef0123456789,EUR,1500,,active,false,true,,2078-06-30T00:00:00Z,,r1",
                "a1b2c3d4-e5f6-7890-abcd-ef0123456780,EUR,0,,inactive,false,true,,,,r2",
            ]
        ),
        rows=2,
        value=1500,
        choices=Choices(last_day=LastDay.INCLUDED),
    ),
    "shopfront": ImportFile(
        data=text(
            [
                "code,balance,outlet,original,expiry",
                'SF-0001-QWER,"$1,025.00",Main,"$1,100.00",2078-01-01',
                "SF-0002-TYUI,$10.00,Main,$10.00,2020-01-01",
            ]
        ),
        rows=1,
        value=102500,
        currency="USD",
        left=1,
        choices=Choices(currency="USD"),
    ),
    "woocommerce": ImportFile(
        data=workbook(
            [
                ["Card Number", "Balance", "Recipient Email", "Expiration Date", "Status"],
                ["PW-KJ45-LMN8-22QZ", 12.5, "eve@example.com", date(2078, 3, 31), "active"],
                ["PW-KJ45-LMN8-99QZ", 30, "", None, "active"],
            ]
        ),
        rows=2,
        value=4250,
        choices=Choices(last_day=LastDay.INCLUDED),
    ),
    "plain": ImportFile(
        data="Number;Value;Good through\nÄLT-0815-Q;19,90;31.12.2078\nÄLT-0816-R;1.200,00;\n".encode("cp1252"),
        rows=2,
        value=121990,
        choices=Choices(preset="plain", last_day=LastDay.INCLUDED),
        encoding="windows-1252",
    ),
}
