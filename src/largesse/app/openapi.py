"""The partner API and the webhooks as an OpenAPI document, made from the message types: `make docs` writes it.

python -m largesse.app.openapi > docs/openapi.json
"""

import sys
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from largesse.db import Database
from largesse.domain.gifts import DeliverySettled, RecipientChanged
from largesse.domain.merchants import list_merchants
from largesse.domain.orders import POST_FIELDS, POST_NAMES, OrderIssued, OrderRefunded
from largesse.domain.payments import CertificateCredited, PaymentReturned, RefundFailed, RefundOutside
from largesse.interfaces.partner_api import messages
from largesse.kernel.errors import FieldError, Unavailable
from largesse.kernel.mail import read_mailbox
from largesse.ledger import CertificateChanged, CertificateExpiring, LedgerSealed
from largesse.outbox import EndpointDisabled
from largesse.services.certificates import CertificatesIssued
from largesse.services.endpoints import EventKind
from largesse.services.invoices import InvoiceTold

JSON = "application/json"
XML = "application/xml"
FORM = "application/x-www-form-urlencoded"
_CONTACTS_REMEMBERED = 8

# Kinds that nothing emits yet have no payload; they join this table with the code that emits them.
PAYLOADS: dict[EventKind, type[msgspec.Struct]] = {
    EventKind.ORDER_ISSUED: OrderIssued,
    EventKind.ORDER_REFUNDED: OrderRefunded,
    EventKind.ORDER_RECIPIENT_CHANGED: RecipientChanged,
    EventKind.CERTIFICATE_ISSUED: CertificatesIssued,
    EventKind.CERTIFICATES_ISSUED: CertificatesIssued,
    EventKind.CERTIFICATE_ACTIVATED: CertificateChanged,
    EventKind.CERTIFICATE_CREDITED: CertificateCredited,
    EventKind.CERTIFICATE_REDEEMED: CertificateChanged,
    EventKind.CERTIFICATE_RELOADED: CertificateChanged,
    EventKind.CERTIFICATE_HELD: CertificateChanged,
    EventKind.CERTIFICATE_RELOAD_UNDONE: CertificateChanged,
    EventKind.CERTIFICATE_CASHED_OUT: CertificateChanged,
    EventKind.CERTIFICATE_HANDED_OVER: CertificateChanged,
    EventKind.CERTIFICATE_RELEASED: CertificateChanged,
    EventKind.CERTIFICATE_REFUNDED: CertificateChanged,
    EventKind.CERTIFICATE_REVERSED: CertificateChanged,
    EventKind.CERTIFICATE_ADJUSTED: CertificateChanged,
    EventKind.CERTIFICATE_EXPIRED: CertificateChanged,
    EventKind.CERTIFICATE_EXPIRING: CertificateExpiring,
    EventKind.CERTIFICATE_REINSTATED: CertificateChanged,
    EventKind.CERTIFICATE_EXTENDED: CertificateChanged,
    EventKind.CERTIFICATE_VOIDED: CertificateChanged,
    EventKind.CERTIFICATE_BLOCKED: CertificateChanged,
    EventKind.CERTIFICATE_UNBLOCKED: CertificateChanged,
    EventKind.CERTIFICATE_TRANSFERRED: CertificateChanged,
    EventKind.CERTIFICATE_DELIVERED: DeliverySettled,
    EventKind.CERTIFICATE_DELIVERY_FAILED: DeliverySettled,
    EventKind.INVOICE_ISSUED: InvoiceTold,
    EventKind.INVOICE_PAID: InvoiceTold,
    EventKind.PAYMENT_RETURNED: PaymentReturned,
    EventKind.REFUND_FAILED: RefundFailed,
    EventKind.REFUND_OUTSIDE: RefundOutside,
    EventKind.LEDGER_SEALED: LedgerSealed,
    EventKind.ENDPOINT_DISABLED: EndpointDisabled,
}

_MESSAGES: tuple[type[msgspec.Struct], ...] = (
    messages.AuthRequest,
    messages.AuthResponse,
    messages.GiftCertificate,
    messages.OrderedCertificate,
    messages.CertificateDetail,
    messages.UnreconciledInvoice,
    messages.ErrorResponse,
    FieldError,
)
_REFUSALS = {
    "400": "Something in the request is wrong; every field that is, is listed.",
    "401": "The credentials are not valid: one answer, whatever is wrong with them.",
    "403": "The agreement is disabled or suspended, or its credit is used up; the message says whom to ask.",
    "404": "There is no such certificate at this merchant.",
    "406": "Neither XML nor JSON is accepted.",
    "409": "The same Idempotency-Key is still being worked on.",
    "413": "The body is larger than 64 KiB.",
    "415": "The body is neither XML nor JSON, is not in UTF-8, or has a Content-Encoding.",
    "422": "The Idempotency-Key was used for another order.",
    "429": "Too many attempts; Retry-After says when to try again.",
    "503": "Too busy, or restarting; nothing was done, and Retry-After says when to try again.",
}

Object = dict[str, Any]


class ContactFacts(msgspec.Struct, frozen=True):
    """Whom the document's readers may ask."""

    name: str
    email: str


# Of the document in this repository, which is of no installation.
NOBODY = ContactFacts("The operator of the installation", "operator@example.com")


@lru_cache(_CONTACTS_REMEMBERED)
def document(contact: ContactFacts = NOBODY) -> bytes:
    """Return the document, OpenAPI 3.1, as JSON."""
    return msgspec.json.format(msgspec.json.encode(_document(contact)), indent=2) + b"\n"


def openapi_routes(database: Database, *, mail_from: str) -> list[ControllerRouterHandler]:
    """Return the route that gives the document to whoever writes a client or a receiver.

    It names the contact of the only merchant. Where there are several, or the database is out of reach, it names the
    address that the operator's mails come from.
    """

    @get("/openapi.json")
    async def show_openapi() -> Response[bytes]:
        return Response(content=document(await _contact(database, mail_from)), media_type=JSON)

    return [show_openapi]


async def _contact(database: Database, mail_from: str) -> ContactFacts:
    sender = read_mailbox(mail_from)
    name, address = sender.name, sender.address
    operator = ContactFacts(name or address, address)
    try:
        async with database.connection() as connection:
            known = await list_merchants(connection)
    except Unavailable:
        return operator
    return ContactFacts(known[0].name, known[0].contact_email) if len(known) == 1 else operator


def _document(contact: ContactFacts) -> Object:
    types = [*_MESSAGES, *dict.fromkeys(PAYLOADS.values())]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Largesse",
            "version": version("largesse"),
            "description": "Orders on account for partners, and the webhooks that tell of what happened.",
            "contact": {"name": contact.name, "email": contact.email},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(),
        "webhooks": {kind.value: {"post": _webhook(kind)} for kind in PAYLOADS},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "api_key": {"type": "apiKey", "in": "query", "name": "api_key"},
                "api_token": {"type": "apiKey", "in": "query", "name": "api_token"},
            },
        },
    }


def _paths() -> Object:
    secure: list[Object] = [{"api_key": [], "api_token": []}]
    return {
        "/api/userservice/tokens": {
            "post": {
                "operationId": "askToken",
                "summary": "Give an access token for an e-mail address, a password and an API key.",
                "parameters": [_query("api_key", "The API key, where it does not stand in the body.")],
                "requestBody": _body("auth_request", "AuthRequest"),
                "responses": _answers("auth_response", "AuthResponse", "400", "401", "406", "413", "415", "429", "503"),
            }
        },
        "/api/secure/givingservice/giftcertificates": {
            "post": {
                "operationId": "orderGiftCertificate",
                "summary": "Issue a certificate on account.",
                "security": secure,
                "parameters": [
                    _query(
                        "is_test",
                        "true: everything is checked, and nothing registered. In any case; refused anywhere else.",
                        enum=["true", "false"],
                    ),
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "description": "The same key and body again give the first answer.",
                        "schema": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 255,
                            "pattern": "^[!-~]([ -~]*[!-~])?$",
                        },
                    },
                ],
                "requestBody": _body("giftCertificate", "GiftCertificate"),
                "responses": _answers("giftCertificate_detail", "OrderedCertificate", *(_REFUSALS.keys() - {"404"})),
            }
        },
        "/api/secure/givingservice/giftcertificatedetail/{number}": {
            "get": {
                "operationId": "giftCertificateDetail",
                "summary": "Tell what a certificate is worth.",
                "security": secure,
                "parameters": [
                    {
                        "name": "number",
                        "in": "path",
                        "required": True,
                        "description": "The certificate's number, with or without spaces and dashes.",
                        "schema": {"type": "string", "minLength": 1},
                    }
                ],
                "responses": _answers("giftCertificate_detail", "CertificateDetail", "400", "401", "404", "406", "503"),
            }
        },
        "/api/secure/givingservice/invoices": {
            "get": {
                "operationId": "openInvoices",
                "summary": "List your invoices that are not reconciled, the first due first.",
                "security": secure,
                "responses": _invoices(),
            }
        },
    }


def _query(name: str, about: str, *, enum: list[str] | None = None) -> Object:
    return {
        "name": name,
        "in": "query",
        "description": about,
        "schema": {"type": "string"} | ({"enum": enum} if enum else {}),
    }


def _body(wrapper: str, name: str) -> Object:
    return {"required": True, "content": _content(wrapper, name)}


def _content(wrapper: str, name: str) -> Object:
    inner = {"$ref": f"#/components/schemas/{name}"}
    wrapped = {"type": "object", "properties": {wrapper: inner}, "required": [wrapper]}
    return {JSON: {"schema": wrapped}, XML: {"schema": {"allOf": [inner], "xml": {"name": wrapper}}}}


def _answers(wrapper: str, name: str, *refusals: str) -> Object:
    answers: Object = {"200": {"description": "Done.", "content": _content(wrapper, name)}}
    for status in sorted(refusals):
        answers[status] = {"description": _REFUSALS[status], "content": _content("error_response", "ErrorResponse")}
    return answers


def _invoices() -> Object:
    """Return the answers of the list of invoices: in JSON an object with a list, in XML an element for each."""
    answers = _answers("invoices", "UnreconciledInvoice", "400", "401", "406", "503")
    some = {"type": "array", "items": {"$ref": "#/components/schemas/UnreconciledInvoice"}}
    answers["200"]["content"] = {
        JSON: {"schema": {"type": "object", "properties": {"invoices": some}, "required": ["invoices"]}},
        XML: {"schema": some | {"xml": {"name": "invoices", "wrapped": True}}},
    }
    return answers


def _webhook(kind: EventKind) -> Object:
    content: Object = {JSON: {"schema": _event(kind)}}
    if kind is EventKind.ORDER_ISSUED:
        content[FORM] = {"schema": _order_form()}
    return {
        "summary": kind.description,
        "parameters": [
            _header("webhook-id", "The event's id; the same at every attempt."),
            _header("webhook-timestamp", "When this attempt was signed, in seconds since 1970."),
            _header("webhook-signature", "Signatures over the raw body by the Standard Webhooks scheme."),
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "Taken. Anything else is tried again for three days; 410 ends it."}},
    }


def _event(kind: EventKind) -> Object:
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "type": {"const": kind.value},
            "version": {"const": 1},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"$ref": f"#/components/schemas/{PAYLOADS[kind].__name__}"},
        },
        "required": ["id", "type", "version", "timestamp", "data"],
    }


def _order_form() -> Object:
    fields = {
        one.name: {"type": "string", "description": one.meaning, "example": one.example}
        | ({"maxLength": one.limit} if one.limit else {})
        for one in POST_FIELDS
    }
    return {"type": "object", "properties": fields, "required": list(POST_NAMES)}


def _header(name: str, about: str) -> Object:
    return {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
