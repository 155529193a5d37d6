"""Every event that the OpenAPI document describes is caused by a test, and is what the document says."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from largesse.app.openapi import document
from largesse.db import Database
from largesse.ledger import VoidReason
from largesse.services.certificates import (
    Place,
    Tender,
    activate,
    adjust,
    block,
    capture_hold,
    cash_out,
    expire_certificates,
    extend,
    hand_over,
    locate_id,
    merge,
    place_hold,
    prepare,
    redeem,
    reinstate,
    release_hold,
    reload,
    reverse,
    tell_expiring,
    unblock,
)
from largesse.services.refunds import credit_certificate, refund, undo_reload, void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request

DOCUMENT: dict[str, Any] = msgspec.json.decode(document())
TESTS = Path(__file__).parents[1]
CAUSED_ELSEWHERE = {
    "invoice.issued": "integration/services/test_invoices.py",
    "invoice.paid": "integration/services/test_invoices.py",
    "certificate.issued": "integration/interfaces/rest_api/test_lists.py",
    "certificates.issued": "integration/interfaces/rest_api/test_lists.py",
    "certificate.delivered": "integration/services/test_gift_mails.py",
    "certificate.delivery_failed": "integration/services/test_bounces.py",
    "ledger.sealed": "integration/services/test_seals.py",
    "endpoint.disabled": "integration/outbox/test_disabling.py",
    "order.issued": "integration/outbox/test_order_post.py",
    "order.recipient_changed": "integration/services/test_corrected_recipients.py",
    "order.refunded": "integration/services/test_take_back.py",
    "payment.returned": "integration/services/test_money_notices.py",
    "refund.failed": "integration/services/test_money_notices.py",
    "refund.outside": "integration/services/test_outside_refunds.py",
}
HOUR = timedelta(hours=1)


def data_schema_of(kind: str) -> dict[str, Any]:
    """The schema of an event's data, with what it refers to."""
    body = DOCUMENT["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return {**body["properties"]["data"], "components": DOCUMENT["components"]}


async def caused(database: Database) -> dict[str, list[bytes]]:
    """Do everything that can be done to certificates, and return what was told of it, by kind."""
    async with an_application(database) as app:
        merchant = await a_merchant(database)
        card = await a_card(app, merchant, gratuity=500, good_through=date(2026, 12, 1))
        other, lapsing, ended = [await a_card(app, merchant, good_through=date(2026, 12, 1)) for _ in range(3)]
        place = card.place
        await reload(app, place, value=1_000, tender=Tender.TERMINAL, request=a_request(), now=NOW)
        spent = await redeem(app, place, value=700, gratuity=100, request=a_request("table 7"), now=NOW)
        await reverse(app, place, redemption_id=spent.operation_id, request=a_request(), now=NOW)
        tab = await place_hold(app, place, value=300, lasting=HOUR, request=a_request(), now=NOW)
        await capture_hold(app, place, hold_id=tab.operation_id, value=200, request=a_request(), now=NOW)
        tab = await place_hold(app, place, value=300, lasting=HOUR, request=a_request(), now=NOW)
        await release_hold(app, place, hold_id=tab.operation_id, request=a_request(), now=NOW)
        await adjust(app, place, value=-100, request=a_request("typed wrongly"), now=NOW)
        await block(app, place, request=a_request(), now=NOW)
        await unblock(app, place, request=a_request(), now=NOW)
        await extend(app, merchant, place, good_through=date(2028, 1, 1), request=a_request(), now=NOW)
        await merge(app, place, other.place, value=400, request=a_request(), now=NOW)
        await refund(app, place, value=500, request=a_request(), now=NOW)
        await void(app, ended.place, reason=VoidReason.FRAUD, request=a_request(), now=NOW)
        cash, state = [await a_card(app, merchant) for _ in range(2)]
        more = await reload(app, cash.place, value=300, tender=Tender.CASH, request=a_request(), now=NOW)
        await undo_reload(app, cash.place, reload_id=more.operation_id, request=a_request(), now=NOW)
        await cash_out(app, cash.place, request=a_request(), now=NOW)
        await hand_over(app, state.place, share_ppm=600_000, request=a_request(), now=NOW)
        blank = await prepare(app, merchant, request=a_request(), now=NOW)
        printed = (await locate_id(app, merchant, blank.certificate_id)).certificate
        sale: dict[str, Any] = {"tender": Tender.CASH, "good_through": None, "request": a_request(), "now": NOW}
        await activate(app, merchant, printed, value=500, **sale)
        sold = Place(merchant_id=merchant.merchant_id, certificate_id=blank.certificate_id)
        await credit_certificate(app, merchant, sold, request=a_request(), now=NOW)
        await tell_expiring(app, days=30, now=NOW)
        later = NOW + timedelta(days=20)
        await expire_certificates(app, now=later)
        through = date(2028, 1, 1)
        await reinstate(app, merchant, lapsing.place, good_through=through, request=a_request(), now=later)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind, payload FROM events")
    told = dict[str, list[bytes]]()
    for row in rows:
        told.setdefault(row["kind"], []).append(str(row["payload"]).encode())
    return told


async def test_every_event_of_a_certificate_is_what_the_document_says(database: Database) -> None:
    told = await caused(database)
    assert set(told) | set(CAUSED_ELSEWHERE) == set(DOCUMENT["webhooks"])
    for kind, payloads in told.items():
        for payload in payloads:
            jsonschema_rs.validate(data_schema_of(kind), msgspec.json.decode(payload))


@pytest.mark.parametrize("kind, path", CAUSED_ELSEWHERE.items())
def test_the_other_events_are_caused_where_it_is_said(kind: str, path: str) -> None:
    text = (TESTS / path).read_text(encoding="utf-8")
    assert kind in text or kind.partition(".")[2].upper() in text


def test_a_payload_that_is_not_what_the_document_says_is_noticed() -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(data_schema_of("certificate.redeemed"), {"certificate_id": 5})
