"""Requests good and bad, said once and sent in both formats.

A case gives the fields as texts (`Number` marks what JSON writes as a number), the status, and the error code with the
codes of the fields, which both formats must answer alike.
"""

import json
from typing import Any, NamedTuple

import msgspec
from lxml import etree


class Number(str):
    """Stand for a number, written without quotes in JSON."""

    __slots__ = ()


class Case(NamedTuple):
    """Name a request and what comes of it."""

    name: str
    fields: dict[str, Any]
    status: int = 200
    code: str = ""
    faults: tuple[str, ...] = ()


GOOD: dict[str, Any] = {"refcode": "2026-11", "amount": Number("25")}


def _bad(name: str, *faults: str, **fields: Any) -> Case:
    return Case(name, {**GOOD, **fields}, 400, "order.invalid", faults)


CORPUS = [
    Case("the least that is needed", GOOD),
    Case(
        "everything", {**GOOD, "thirdPartyIdentifier": "{D21A}", "currencyCode": "USD", "expirationDate": "2027-12-31"}
    ),
    Case("a refcode that is a number", {**GOOD, "refcode": Number("123456789")}),
    Case("two decimals", {**GOOD, "amount": Number("25.10")}),
    Case("zeros beyond the decimals", {**GOOD, "amount": Number("25.1000")}),
    Case("an amount as text", {**GOOD, "amount": "25.10"}),
    Case("the largest order", {**GOOD, "amount": Number("500.00")}),
    Case("just above one", {**GOOD, "amount": Number("1.01")}),
    Case("another currency", {**GOOD, "currencyCode": "JPY", "amount": Number("2500")}),
    Case("unknown fields", {**GOOD, "gift": "wrap", "note": {"a": "b"}}),
    Case("optional fields empty", {**GOOD, "thirdPartyIdentifier": "", "currencyCode": "", "expirationDate": ""}),
    Case("an identifier with every kind of character", {**GOOD, "thirdPartyIdentifier": " <&\"'> é 🎁 \n x "}),
    Case("64 characters", {**GOOD, "thirdPartyIdentifier": "é" * 64}),
    Case("20 characters", {**GOOD, "refcode": "🎁" * 20}),
    Case("two years ahead", {**GOOD, "expirationDate": "2028-11-22"}),
    Case("tomorrow", {**GOOD, "expirationDate": "2026-11-23"}),
    _bad("nothing at all", "refcode.required", "amount.required", refcode=None, amount=None),
    _bad("empty texts", "refcode.required", "amount.required", refcode="", amount=""),
    _bad("a refcode of spaces", "refcode.required", refcode="   "),
    _bad("21 characters", "refcode.too_long", refcode="x" * 21),
    _bad("a line break in the refcode", "refcode.characters", refcode="a\nb"),
    _bad("65 characters", "third_party_identifier.too_long", thirdPartyIdentifier="x" * 65),
    _bad("objects for texts", "refcode.type", "amount.invalid", refcode={"a": "b"}, amount={"a": "b"}),
    _bad("exactly one", "amount.too_small", amount=Number("1")),
    _bad("exactly one, with decimals", "amount.too_small", amount=Number("1.00")),
    _bad("nothing", "amount.too_small", amount=Number("0")),
    _bad("less than nothing", "amount.too_small", amount=Number("-25")),
    _bad("too many decimals", "amount.decimals", amount=Number("25.001")),
    _bad("decimals in yen", "amount.decimals", amount=Number("25.5"), currencyCode="JPY"),
    _bad("one yen", "amount.too_small", amount=Number("1"), currencyCode="JPY"),
    _bad("an exponent", "amount.invalid", amount=Number("1e400")),
    _bad("a small exponent", "amount.invalid", amount=Number("1E2")),
    _bad("not a number", "amount.invalid", amount="NaN"),
    _bad("infinity", "amount.invalid", amount="Infinity"),
    _bad("words", "amount.invalid", amount="twenty"),
    _bad("grouping", "amount.invalid", amount="1,000"),
    _bad("digits of another script", "amount.invalid", amount="２５"),
    _bad("digits without end", "amount.invalid", amount=Number("9" * 400)),
    _bad("more than an account holds", "amount.invalid", amount=Number("9" * 16)),
    _bad("more than the agreement's maximum", "amount.too_large", amount=Number("500.01")),
    _bad("more than the maximum in yen", "amount.too_large", amount=Number("50001"), currencyCode="JPY"),
    _bad("no currency", "currency.unknown", currencyCode="XYZ"),
    _bad("a currency in small letters", "currency.unknown", currencyCode="usd"),
    _bad("gold", "currency.unknown", currencyCode="XAU"),
    _bad("a currency that the agreement does not name", "currency.not_agreed", currencyCode="EUR"),
    _bad("today", "expiration_date.too_early", expirationDate="2026-11-22"),
    _bad("yesterday", "expiration_date.too_early", expirationDate="2026-11-21"),
    _bad("long ago", "expiration_date.too_early", expirationDate="0001-01-01"),
    _bad("a day more than two years", "expiration_date.too_late", expirationDate="2028-11-23"),
    _bad("a day that February does not have", "expiration_date.invalid", expirationDate="2027-02-30"),
    _bad("a year that there is not", "expiration_date.invalid", expirationDate="0000-01-01"),
    _bad("another way of writing days", "expiration_date.invalid", expirationDate="12/31/2027"),
    _bad("a day without dashes", "expiration_date.invalid", expirationDate="20271231"),
    _bad("a moment", "expiration_date.invalid", expirationDate="2027-12-31T00:00:00Z"),
    _bad(
        "everything wrong at once",
        "refcode.too_long",
        "third_party_identifier.too_long",
        "amount.invalid",
        "currency.not_agreed",
        "expiration_date.invalid",
        refcode="x" * 21,
        thirdPartyIdentifier="x" * 65,
        amount="lots",
        currencyCode="EUR",
        expirationDate="soon",
    ),
]


def as_xml(fields: dict[str, Any], root: str = "giftCertificate") -> bytes:
    """Write fields as a client of the source's API does."""

    def fill(element: etree._Element, values: dict[str, Any]) -> None:
        for name, value in values.items():
            child = etree.SubElement(element, name)
            if isinstance(value, dict):
                fill(child, value)
            elif value is not None:
                child.text = str(value)

    made = etree.Element(root)
    fill(made, fields)
    return etree.tostring(made, encoding="utf-8", xml_declaration=True)


def as_json(fields: dict[str, Any], wrapper: str | None = "giftCertificate") -> bytes:
    """Write fields as JSON, wrapped or bare."""
    raw = {name: _raw(value) for name, value in fields.items()}
    return msgspec.json.encode({wrapper: raw} if wrapper else raw)


def _raw(value: Any) -> Any:
    return msgspec.Raw(value.encode()) if isinstance(value, Number) else value


def read_answer(content_type: str, body: bytes) -> Any:
    """Read an answer of either format into the same value: numbers with decimals as they are written."""
    if content_type.startswith("application/json"):
        answer = json.loads(body, parse_float=str)
        detail = answer.get("giftCertificate_detail", {})
        if isinstance(detail.get("remainingAmount"), int):  # a currency without decimals
            detail["remainingAmount"] = str(detail["remainingAmount"])
        return answer

    def value(element: etree._Element) -> Any:
        children = list(element)
        if not children and element.tag == "errors":
            return []
        if not children:
            return element.text or ""
        if element.tag == "errors":
            return [value(child) for child in children]
        return {str(child.tag): value(child) for child in children}

    root = etree.fromstring(body)
    found = value(root)
    if root.tag == "error_response":
        found["status"] = int(found["status"])
    if found.get("valid") in ("true", "false"):
        found["valid"] = found["valid"] == "true"
    return {str(root.tag): found}
