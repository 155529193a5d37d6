"""What is said at the partner door, as types: the documentation is made from them, and tests hold every answer to them.

The door itself reads and writes plain values: it has to find every fault at once, in two formats, which decoding into
a type does not. In JSON a message stands inside an object with its element's name; in XML that name is the root.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from largesse.kernel.errors import FieldError

# `float` is what JSON Schema calls a number. No amount is ever read or written through one: see `wire.plain.Literal`.
Amount = Annotated[float, Meta(ge=0, description="A number with the decimals of its currency: 25.00 in dollars.")]


Moment = Annotated[
    str,
    Meta(
        examples=["2027-12-31T23:59:59-05:00"],
        description="The last good second, in the merchant's time zone; a certificate without an end has none.",
        extra_json_schema={"format": "date-time"},
    ),
]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Name who signs in."""

    email: str
    password: str


class AuthRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for an access token. The API key may stand on the query string instead."""

    user: User
    api_key: str | None = None


class AuthResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Give an access token: send it as `api_token` until it expires."""

    access_token: Annotated[str, Meta(pattern="^[a-z0-9]{40}$")]


class GiftCertificate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Order one certificate on account. Fields that are not named here are passed over."""

    refcode: Annotated[
        Annotated[str, Meta(min_length=1, max_length=20)] | int,
        Meta(description="The batch that the order is invoiced by, at most 20 characters."),
    ]
    amount: Annotated[
        Annotated[int, Meta(gt=1)]
        | Annotated[float, Meta(gt=1)]
        | Annotated[str, Meta(pattern=r"^ *0*([1-9][0-9]+(\.[0-9]+)?|[2-9](\.[0-9]+)?|1\.0*[1-9][0-9]*) *$")],
        Meta(description="Greater than one, with no more decimals than the currency has; a number or a text."),
    ]
    third_party_identifier: (
        Annotated[
            str, Meta(max_length=64, description="Your own id of the certificate; kept and echoed, never checked.")
        ]
        | None
    ) = None
    currency_code: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"
    expiration_date: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                description="The last good day; one year ahead unless given, at most two, never today.",
            ),
        ]
        | None
    ) = None


class OrderedCertificate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer an order: the certificate's number is a bearer secret."""

    gift_certificate_number: str
    remaining_amount: Amount
    third_party_identifier: str | msgspec.UnsetType = msgspec.UNSET
    currency_code: str
    redeem_url: str
    expiration_date: Moment


class CertificateDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a certificate is worth now."""

    currency_code: str
    expiration_date: Moment | msgspec.UnsetType = msgspec.UNSET
    gift_certificate_number: str
    remaining_amount: Amount
    valid: bool


class ErrorResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Refuse a request: `code` is stable (docs/errors.md), `errors` names every field that is wrong."""

    status: int
    code: str
    message: str
    errors: list[FieldError]
