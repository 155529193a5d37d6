"""What a program does with certificates: the whole life of one, each answer as it is told, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.certificates import a_merchant
from tests.builders.programs import Api, a_program_key
from tests.integration.interfaces.rest_api.conftest import Shop


async def test_a_certificate_lives_its_life(shop: Shop) -> None:
    api = shop.api
    made = await api.issued("100.00", gratuity="10.00", good_through="2028-01-31")
    number, certificate_id = made["number"], made["certificate_id"]
    assert made["operation"]["balance"] == "100.00"
    assert made["redeem_url"].endswith(number)
    shown = await api.done("/certificates/look-up", {"number": number, "expand": ["holds", "lots"]})
    assert (shown["available"], shown["gratuity_available"], shown["status"]) == ("100.00", "10.00", "active")
    assert (shown["holds"], len(shown["lots"]), shown["last_four"]) == ([], 1, number[-4:])
    spent = await api.done("/certificates/redeem", {"number": number, "amount": "30", "currency": "USD"})
    assert (spent["kind"], spent["amount"], spent["balance"], spent["sequence"]) == ("redeem", "30.00", "70.00", 3)
    held = await api.done("/certificates/hold", {"number": number, "amount": "20.00", "currency": "USD"})
    seen = (await api.get(f"/certificates/{certificate_id}", expand="holds")).json()
    assert (seen["available"], seen["held"], seen["holds"][0]["hold_id"]) == ("50.00", "20.00", held["operation_id"])
    about = {"certificate_id": certificate_id, "currency": "USD", "hold_id": held["operation_id"]}
    taken = await api.done("/certificates/capture", {**about, "amount": "15.00"})
    assert (taken["balance"], taken["held"]) == ("55.00", "0.00")
    undone = await api.done(
        "/certificates/reverse", {"number": number, "redemption_id": taken["operation_id"], "memo": "wrong table"}
    )
    assert undone["balance"] == "70.00"
    second = await api.done("/certificates/hold", {"number": number, "amount": "1", "currency": "USD"})
    await api.done("/certificates/release", {"number": number, "hold_id": second["operation_id"]})
    await lives_on(api, number)
    told = (await api.get(f"/certificates/{certificate_id}/history", limit=200)).json()
    assert [one["sequence"] for one in told["data"]] == sorted({one["sequence"] for one in told["data"]})
    assert {"issue", "redeem", "hold", "capture", "reverse", "transfer"} <= {one["kind"] for one in told["data"]}
    few = (await api.get(f"/certificates/{certificate_id}/history", limit=2, after=3)).json()
    assert ([one["sequence"] for one in few["data"]], few["has_more"]) == ([4, 5], True)
    assert number not in str(told)


async def lives_on(api: Api, number: str) -> None:
    """What else may happen to a certificate of 70.00 and 10.00 gratuity, until it is void."""
    fuller = {"number": number, "amount": "5.00", "currency": "USD", "paid_by": "terminal"}
    loaded = await api.done("/certificates/reload", fuller)
    assert loaded["balance"] == "75.00"
    back = await api.done("/certificates/undo-reload", {"number": number, "reload_id": loaded["operation_id"]})
    assert back["balance"] == "70.00"
    less = {"number": number, "amount": "-2.50", "currency": "USD", "memo": "counted twice"}
    assert (await api.done("/certificates/adjust", less))["amount"] == "-2.50"
    await api.done("/certificates/block", {"number": number})
    refused = await api.post("/certificates/redeem", {"number": number, "amount": "1", "currency": "USD"})
    assert (refused.status_code, refused.json()["code"]) == (409, "certificate.blocked")
    await api.done("/certificates/unblock", {"number": number})
    await api.done("/certificates/extend", {"number": number, "good_through": None})
    other = await api.issued("1.00")
    moved = await api.done(
        "/certificates/transfer",
        {"number": number, "to": {"number": other["number"]}, "amount": "7.50", "currency": "USD"},
    )
    assert moved["balance"] == "60.00"
    bill = [
        {"number": number, "amount": "10.00", "gratuity": "1.00"},
        {"certificate_id": other["certificate_id"], "amount": "8.50"},
    ]
    paid = await api.done("/certificates/pay-bill", {"currency": "USD", "parts": bill})
    assert [one["balance"] for one in paid["parts"]] == ["50.00", "0.00"]
    anew = await api.done("/certificates/reissue", {"number": number})
    assert anew["number"] != number
    rest = await api.done("/certificates/refund", {"number": anew["number"]})
    assert (rest["balance"], rest["gratuity_balance"]) == ("0.00", "0.00")
    ended = await api.done("/certificates/void", {"number": anew["number"]})
    assert ended["kind"] == "void"


async def test_a_card_is_prepared_activated_and_paid_out(shop: Shop) -> None:
    api = shop.api
    card = await api.done("/certificates/prepare", {})
    loading = {"number": card["number"], "amount": "40.00", "currency": "USD", "paid_by": "cash"}
    tax = {"kind": "single_purpose", "country": "DE", "rate": "19"}
    assert (await api.done("/certificates/activate", {**loading, "tax": tax}))["balance"] == "40.00"
    again = await api.post("/certificates/activate", loading)
    assert again.json()["code"] == "certificate.activated"
    out = await api.done("/certificates/cash-out", {"number": card["number"]})
    assert (out["kind"], out["amount"], out["balance"]) == ("cash_out", "40.00", "0.00")
    gone = await api.post("/certificates/reinstate", {"number": card["number"], "good_through": None})
    assert gone.status_code in {404, 409}


async def test_everything_that_is_wrong_is_told_at_once_with_pointers(shop: Shop) -> None:
    answer = await shop.api.post(
        "/certificates", {"amount": "1,50", "currency": "usd", "paid_by": "barter", "colour": "red", "tax": {"kind": 1}}
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"], answer.headers["content-type"]) == (
        400,
        "request.invalid",
        "application/problem+json",
    )
    assert problem["type"] == "https://gifts.example.com/api/v1/reference#request.invalid"
    assert problem["request_id"] == answer.headers["request-id"]
    found = {one["pointer"]: one["code"] for one in problem["errors"]}
    assert found == {
        "/amount": "field.invalid",
        "/currency": "field.invalid",
        "/paid_by": "field.invalid",
        "/colour": "field.unknown",
        "/tax/kind": "field.invalid",
    }
    fine = {"amount": "1.005", "gratuity": "0.001", "currency": "USD", "paid_by": "cash"}
    finer = (await shop.api.post("/certificates", {**fine, "tax": {"kind": "sales_tax"}})).json()
    assert [one["pointer"] for one in finer["errors"]] == ["/amount", "/gratuity", "/tax/rate"]
    foreign = (await shop.api.post("/certificates", {**fine, "currency": "XXX"})).json()
    assert foreign["errors"][0]["code"] == "currency.unknown"
    asked = await shop.api.get("/certificates/0195d3b4-0000-7000-8000-000000000000", expnad="holds")
    assert asked.json()["errors"][0] == {
        "parameter": "expnad",
        "code": "field.unknown",
        "detail": "There is no such field here. Take it out.",
    }
    parts = {"currency": "USD", "parts": [{"amount": "1"}, {"number": "x", "amount": "y"}]}
    bill = (await shop.api.post("/certificates/pay-bill", parts)).json()
    assert bill["errors"][0]["pointer"] == "/parts/1/amount"
    unnamed = (await shop.api.post("/certificates/pay-bill", {"currency": "USD", "parts": [{"amount": "1"}]})).json()
    assert unnamed["errors"][0] == {
        "pointer": "/parts/0",
        "code": "certificate.unnamed",
        "detail": "Name the certificate by certificate_id or by number: one of the two.",
    }


@pytest.mark.parametrize(
    "sent, status, code",
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "wire.malformed"),
        ({"content": b"[]", "headers": {"content-type": "application/json"}}, 400, "request.invalid"),
        ({"content": b"<a/>", "headers": {"content-type": "application/xml"}}, 415, "media_type.unsupported"),
        ({"content": b"{}", "headers": {"content-encoding": "gzip"}}, 415, "content_encoding.unsupported"),
        ({"json": {"number": "7" * 9_000}}, 413, "wire.too_large"),
        ({"json": {}, "headers": {"idempotency-key": ""}}, 400, "request.invalid"),
        ({"json": {}, "headers": {"if-match": "seven"}}, 400, "request.invalid"),
        ({"json": {}, "params": "dry_run=perhaps"}, 400, "request.invalid"),
        ({"json": {}, "params": "dry_run=true&dry_run=false"}, 400, "request.invalid"),
    ],
)
async def test_what_cannot_be_read_is_refused_in_the_same_form(
    shop: Shop, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = await shop.api.client.post("/api/v1/certificates/redeem", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_addresses_and_methods_that_there_are_not(shop: Shop) -> None:
    nowhere = await shop.api.get("/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "page.not_found")
    wrong = await shop.api.client.delete("/api/v1/certificates/redeem")
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["code"]) == (405, "POST", "method.not_allowed")
    assert (await shop.api.client.get("/api/v1")).status_code == 404


async def test_what_was_seen_may_be_made_a_condition(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    path = f"/certificates/{made['certificate_id']}"
    seen = await shop.api.get(path)
    etag = seen.headers["etag"]
    assert (await shop.api.get(path, headers={"If-None-Match": etag})).status_code == 304
    body = {"certificate_id": made["certificate_id"], "amount": "1", "currency": "USD"}
    first = await shop.api.post("/certificates/redeem", body, key="a", headers={"If-Match": etag})
    assert (first.status_code, first.headers["etag"] != etag) == (200, True)
    late = await shop.api.post("/certificates/redeem", body, key="b", headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "certificate.changed")
    again = await shop.api.post("/certificates/redeem", body, key="a", headers={"If-Match": etag})
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    for path in ("/certificates/block", "/certificates/refund", "/certificates/reissue"):
        refused = await shop.api.post(path, {"certificate_id": made["certificate_id"]}, headers={"If-Match": etag})
        assert refused.status_code == 412, path
    now = {"If-Match": first.headers["etag"]}
    assert (await shop.api.post("/certificates/redeem", body, headers=now)).status_code == 200


async def test_how_it_stood_at_a_moment_is_told(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    issued_at = shop.clock.now()
    shop.clock.moment += timedelta(hours=1)
    await shop.api.done("/certificates/redeem", {"number": made["number"], "amount": "4", "currency": "USD"})
    path = f"/certificates/{made['certificate_id']}"
    shop.clock.moment += timedelta(hours=1)
    then = (await shop.api.get(path, as_of=issued_at.isoformat())).json()
    assert (then["balance"], then["as_of"][:19]) == ("10.00", issued_at.isoformat()[:19])
    assert (await shop.api.get(path)).json()["balance"] == "6.00"
    before = await shop.api.get(path, as_of="2020-01-01T00:00:00Z")
    assert before.status_code == 404
    naive = await shop.api.get(path, as_of="2020-01-01T00:00:00")
    assert naive.json()["errors"][0]["parameter"] == "as_of"


async def test_a_dry_run_decides_all_and_writes_nothing(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    number, before = made["number"], [await shop.count(one) for one in ("journal", "events", "certificates")]
    body = {"number": number, "amount": "4", "currency": "USD"}
    tried = await shop.api.post("/certificates/redeem", body, key="k", params={"dry_run": "true"})
    assert (tried.status_code, tried.json()["balance"]) == (200, "6.00")
    too_much = await shop.api.post("/certificates/redeem", {**body, "amount": "40"}, params={"dry_run": "true"})
    assert too_much.json()["code"] == "certificate.balance.insufficient"
    for path, more in (
        ("/certificates", {"amount": "5", "currency": "USD", "paid_by": "given"}),
        ("/certificates/bulk", {"mode": "all", "currency": "USD", "paid_by": "cash", "lines": [{"amount": "5"}] * 3}),
        ("/certificates/pay-bill", {"currency": "USD", "parts": [{"number": number, "amount": "1"}]}),
        ("/certificates/refund", {"number": number}),
        ("/certificates/void", {"number": number, "reason": "fraud"}),
        ("/certificates/cash-out", {"number": number}),
        ("/certificates/reissue", {"number": number}),
        ("/certificates/prepare", {}),
    ):
        answer = await shop.api.post(path, more, params={"dry_run": "true"})
        assert answer.status_code in {200, 201}, (path, answer.text)
        assert "GL" not in str(answer.json().get("number", "")), path
    assert [await shop.count(one) for one in ("journal", "events", "certificates")] == before
    real = await shop.api.post("/certificates/redeem", body, key="k")
    assert (real.status_code, real.json()["balance"]) == (200, "6.00")
    assert "idempotent-replayed" not in real.headers


async def test_certificates_of_others_are_unknown(shop: Shop) -> None:
    other = await a_merchant(shop.application.database, slug="tailor", prefix="TL", number="1002")
    key = await a_program_key(shop.application, other)
    theirs = await shop.api.post(
        "/certificates", {"amount": "9", "currency": "USD", "paid_by": "cash"}, key_text=key.text
    )
    body = theirs.json()
    for about in ({"number": body["number"]}, {"certificate_id": body["certificate_id"]}):
        refused = await shop.api.post("/certificates/redeem", {**about, "amount": "1", "currency": "USD"})
        assert (refused.status_code, refused.json()["code"]) == (404, "certificate.not_found")
    assert (await shop.api.get(f"/certificates/{body['certificate_id']}")).status_code == 404


async def test_a_location_is_named_by_its_code(shop: Shop) -> None:
    made = await shop.api.issued("10.00")
    body = {"number": made["number"], "amount": "1", "currency": "USD"}
    unknown = await shop.api.post("/certificates/redeem", {**body, "location": "nowhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "location.unknown")
    twice = await shop.api.post("/certificates/redeem", {**body, "location": "a", "device": "b"})
    assert twice.json()["errors"][0]["code"] == "location.twice"
    other = await shop.api.post("/certificates/redeem", {**body, "currency": "EUR"})
    assert (other.status_code, other.json()["code"]) == (400, "certificate.currency.mismatch")
