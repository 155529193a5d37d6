"""What is said at the partner API, as types: the documentation is made from them, and tests hold every answer to them.

The API itself reads and writes plain values: it has to find every fault at once, in two formats, which decoding into
a type does not. In JSON a message stands inside an object with its element's name; in XML that name is the root.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from largesse.kernel.errors import FieldError

# `float` is what JSON Schema calls a number. No amount is ever read or written through one: see `wire.plain.Literal`.
Amount = Annotated[
    float,
    Meta(ge=0, description="What can be spent, with the decimals of its currency; a number in JSON.", examples=[25.75]),
]
Moment = Annotated[
    str,
    Meta(
        description="The last good second, in the merchant's time zone. Left out where the certificate has no end.",
        examples=["2027-12-31T23:59:59-05:00"],
        extra_json_schema={"format": "date-time"},
    ),
]
Number = Annotated[
    str,
    Meta(
        min_length=17,
        max_length=20,
        description="The certificate's number: a bearer secret. Keep 24 characters for it.",
        examples=["GL3M7KQ2XW9RTV5HP8"],
    ),
]
CurrencyCode = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{3}$", description="ISO 4217; USD unless another one was agreed and is given.", examples=["USD"]
    ),
]
Identifier = Annotated[
    str,
    Meta(
        max_length=64,
        description="Your own id of the certificate: kept and echoed as given, never checked for being unique.",
        examples=["{D21A1915-E024-4B9C-8345-62BECAE048EF}"],
    ),
]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Name who signs in."""

    email: Annotated[str, Meta(description="The user's e-mail address.", examples=["api@acme.example"])]
    password: Annotated[str, Meta(description="The user's password.", examples=["a quiet afternoon"])]


class AuthRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for an access token. The API key may stand on the query string instead."""

    user: User
    api_key: (
        Annotated[
            str,
            Meta(
                description="The API key, unless on the query string.",
                examples=["6f9619ff-8b86-4d01-b42d-00cf4fc964ff"],
            ),
        ]
        | None
    ) = None


class AuthResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Give an access token: send it as `api_token` until it expires."""

    access_token: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9]{40}$",
            description="Good for ten hours, unless agreed otherwise.",
            examples=["3f8h2k9d7s6a5q4w1e0r9t8y7u6i5o4p3a2s1d0f"],
        ),
    ]


class GiftCertificate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Order one certificate on account. Fields that are not named here are passed over."""

    refcode: Annotated[
        Annotated[str, Meta(min_length=1, max_length=20)] | int,
        Meta(
            description="The batch that the order is invoiced by, at most 20 characters; a number is read as its text.",
            examples=["2026-11"],
        ),
    ]
    amount: Annotated[
        Annotated[int, Meta(gt=1)]
        | Annotated[float, Meta(gt=1)]
        | Annotated[str, Meta(pattern=r"^ *0*([1-9][0-9]+(\.[0-9]+)?|[2-9](\.[0-9]+)?|1\.0*[1-9][0-9]*) *$")],
        Meta(
            description="Greater than one, with no more decimals than the currency has; a number or its text.",
            examples=[25.5],
        ),
    ]
    third_party_identifier: Identifier | None = None
    currency_code: CurrencyCode = "USD"
    expiration_date: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                description="The last good day in the merchant's time zone; a year ahead unless given, at most two.",
                examples=["2027-12-31"],
            ),
        ]
        | None
    ) = None


class OrderedCertificate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer an order: the certificate's number is a bearer secret."""

    gift_certificate_number: Number
    remaining_amount: Amount
    third_party_identifier: Identifier | msgspec.UnsetType = msgspec.UNSET
    currency_code: CurrencyCode
    redeem_url: Annotated[
        str,
        Meta(
            description="Where its holder sees what remains; as secret as the number.",
            examples=["https://gifts.example.com/gifts/redeem.html?code=GL3M7KQ2XW9RTV5HP8"],
        ),
    ]
    expiration_date: Moment


class CertificateDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a certificate is worth now."""

    currency_code: CurrencyCode
    expiration_date: Moment | msgspec.UnsetType = msgspec.UNSET
    gift_certificate_number: Number
    remaining_amount: Amount
    valid: Annotated[bool, Meta(description="false once it is blocked, ended, expired or spent.", examples=[True])]


class UnreconciledInvoice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One invoice that is not reconciled: something of it is open."""

    amount: Annotated[
        Annotated[float, Meta(gt=0)], Meta(description="What is open of it; a number in JSON.", examples=[120.5])
    ]
    datetime: Annotated[
        str,
        Meta(
            description="When it was issued, in the merchant's time zone.",
            examples=["2026-12-01T06:00:00-05:00"],
            extra_json_schema={"format": "date-time"},
        ),
    ]
    email: Annotated[str, Meta(description="Where it was sent.", examples=["billing@acme.example"])]
    invoice_number: Annotated[str, Meta(max_length=30, description="Its number.", examples=["INV-000017"])]
    currency_code: CurrencyCode
    total_amount: Annotated[
        Annotated[float, Meta(gt=0)], Meta(description="What it was over, tax included.", examples=[200.0])
    ]
    due_date: (
        Annotated[
            str,
            Meta(
                description="By when it is to be paid.",
                examples=["2026-12-31"],
                extra_json_schema={"format": "date"},
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    payment_reference: (
        Annotated[
            str, Meta(max_length=25, description="To be named when paying (ISO 11649).", examples=["RF42INV000002"])
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    refcode: (
        Annotated[
            str, Meta(max_length=20, description="The batch that it is for, where it is for one.", examples=["2026-11"])
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    disputed: Annotated[bool, Meta(description="true while you and the merchant do not agree on it.", examples=[False])]


class ErrorResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Refuse a request: `code` is stable (docs/errors.md), `errors` names every field that is wrong."""

    status: Annotated[int, Meta(description="The HTTP status.", examples=[400])]
    code: Annotated[str, Meta(description="Stable; docs/errors.md explains each.", examples=["order.invalid"])]
    message: Annotated[str, Meta(description="What to do, for people.", examples=["Correct the fields listed."])]
    errors: Annotated[
        list[FieldError], Meta(description="Every field that is wrong, with code and message; empty where none is.")
    ]
