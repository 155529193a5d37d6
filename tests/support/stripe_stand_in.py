"""A stand-in for Stripe, in a process of its own: what we use of its API, its hosted page, and its signed callbacks.

It is written from Stripe's public documentation, and knows nothing of Largesse. Requests need the secret key; repeated
idempotency keys give the first answer again, and a conflict for another request. Callbacks carry the real signature
scheme (`t=…,v1=…`, HMAC-SHA256 over `t.body`). Tests steer it through `/_control`:

    POST /_control/settings  {"callback_url", "secrets", "callbacks", "delay_s", "fail_next", "lose_next"}
    POST /_control/forget-keys                                        a day has passed for keys of idempotency
    POST /_control/pay       {"session", "how": pay|decline|cancel|slow|expire}
    POST /_control/mode      {"session", "live": true}                a session of the other mode
    POST /_control/finish    {"session", "ok": true}                  a slow payment comes through, or falls through
    POST /_control/dispute   {"session", "status": open|won|lost, "amount"}
    POST /_control/refund    {"session", "amount"} or {"refund", "status"}
    POST /_control/open      {"account", "keys": {key: [what it may not do]}, "charges_enabled", "livemode", "name"}
    GET  /_control/state     everything it knows

There is one account at first; `open` opens another, or changes one. Every control is of the first account unless
"account" names another. A request is of the account whose key it carries.

Run as `python -m tests.support.stripe_stand_in`; it prints its address in one line of JSON, and ends with its stdin.
"""

import hashlib
import hmac
import html
import json
import os
import secrets
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
KEY_VARIABLE = "STAND_IN_STRIPE_KEY"
FIRST = "acct_1standinfirst"
EXPIRES_MIN_S, EXPIRES_MAX_S = 30 * 60, 24 * 60 * 60
LINES_MAX, NAME_MAX = 100, 250


class Refused(Exception):
    """Carry a Stripe error."""

    def __init__(self, status: int, kind: str, code: str | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": message}}


class Stripe:
    """The state of an account."""

    def __init__(self, base: str, name: str, keys: dict[str, list[str]]) -> None:
        self.base, self.name, self.keys = base, name, keys
        self.about: Json = {"charges_enabled": True, "name": "Corner Spa"}
        self.endpoints: list[Json] = []
        self.lock = threading.RLock()
        self.sessions: dict[str, Json] = {}
        self.intents: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.answers: dict[str, tuple[str, Json]] = {}
        self.requests: list[str] = []
        self.callbacks: list[int] = []
        self.calling = 0  # callbacks that are on their way
        self.settings: Json = {
            "callback_url": None,
            "secrets": [],
            "callbacks": 1,  # how often each is sent: 0, 1, 5
            "delay_s": 0.0,
            "fail_next": 0,  # that many requests are answered 500
            "lose_next": 0,  # that many are done, and answered 500 all the same
            "refund_status": "succeeded",
            "livemode": False,
        }

    def api(self, method: str, path: str, params: Json, key: str | None) -> tuple[int, Json]:
        """Answer one request of the API."""
        with self.lock:
            self.requests.append(f"{method} {path}")
            if self.settings["fail_next"] > 0:
                self.settings["fail_next"] -= 1
                raise Refused(500, "api_error", None, "Something went wrong on our side.")
            body = self._done_once(method, path, params, key)
            if self.settings["lose_next"] > 0 and method == "POST":
                self.settings["lose_next"] -= 1
                raise Refused(500, "api_error", None, "It was done, and the answer was lost.")
            return 200, body

    def _done_once(self, method: str, path: str, params: Json, key: str | None) -> Json:
        """Do what is asked, or give the answer that was given under this key before."""
        asked = f"{method} {path} {json.dumps(params, sort_keys=True)}"
        if key is not None and key in self.answers:
            before, body = self.answers[key]
            if before != asked:
                raise Refused(400, "idempotency_error", None, "Keys for idempotent requests are for one request.")
            return body
        body = self._route(method, path.split("/")[2:], params)
        if key is not None:
            self.answers[key] = asked, json.loads(json.dumps(body))
        return body

    def _route(self, method: str, parts: list[str], params: Json) -> Json:
        match method, parts:
            case "POST", ["checkout", "sessions"]:
                return self._create_session(params)
            case "GET", ["checkout", "sessions", name]:
                session = dict(_known(self.sessions, name))
                if "payment_intent" in params.get("expand", {}).values() and session["payment_intent"]:
                    session["payment_intent"] = self.intents[session["payment_intent"]]
                return session
            case "POST", ["checkout", "sessions", name, "expire"]:
                session = _known(self.sessions, name)
                if session["status"] != "open":
                    raise Refused(400, "invalid_request_error", None, "Only open sessions can be expired.")
                return self.expire(session)
            case "GET", ["payment_intents", name]:
                return _known(self.intents, name)
            case "POST", ["refunds"]:
                return self._create_refund(params)
            case "GET", ["refunds"]:
                intent = params.get("payment_intent")
                found = [one for one in self.refunds.values() if intent in (None, one["payment_intent"])]
                return {"object": "list", "data": found[::-1], "has_more": False, "url": "/v1/refunds"}
            case _:
                return self._route_of_account(method, parts, params)

    def _route_of_account(self, method: str, parts: list[str], params: Json) -> Json:
        match method, parts:
            case "GET", ["account"]:
                profile = {"name": self.about["name"]}
                charges = self.about["charges_enabled"]
                return {
                    "id": self.name,
                    "object": "account",
                    "charges_enabled": charges,
                    "business_profile": profile,
                }
            case "POST", ["webhook_endpoints"]:
                return self._create_endpoint(params)
            case "GET", ["checkout", "sessions"]:
                data = list(self.sessions.values())[: int(params.get("limit", 10))]
                return {"object": "list", "data": data, "has_more": False, "url": "/v1/checkout/sessions"}
            case _:
                raise Refused(404, "invalid_request_error", None, f"Unrecognized request URL ({method}: {parts}).")

    def _create_session(self, params: Json) -> Json:
        now = int(time.time())
        lines = list(params.get("line_items", {}).values())
        expires_at = int(params.get("expires_at", now + EXPIRES_MAX_S))
        _require(params.get("mode") == "payment", "mode", "Only payments are understood here.")
        _require(0 < len(lines) <= LINES_MAX, "line_items", "One to 100 line items.")
        _require(now + EXPIRES_MIN_S - 5 <= expires_at <= now + EXPIRES_MAX_S + 5, "expires_at", "30 minutes to 24 h.")
        currencies = {line["price_data"]["currency"] for line in lines}
        _require(len(currencies) == 1, "currency", "One currency.")
        [currency] = currencies
        total = 0
        for line in lines:
            unit = int(line["price_data"]["unit_amount"])
            name = line["price_data"]["product_data"]["name"]
            _require(unit > 0 and 0 < len(name) <= NAME_MAX, "line_items", "A name and an amount.")
            _require(currency not in {"bhd", "jod", "kwd", "omr", "tnd"} or unit % 10 == 0, "unit_amount", "In tens.")
            total += unit * int(line["quantity"])
        name = f"cs_test_{secrets.token_hex(16)}"
        session = {
            "id": name,
            "object": "checkout.session",
            "livemode": self.settings["livemode"],
            "mode": "payment",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": total,
            "currency": currency,
            "customer_email": params.get("customer_email"),
            "locale": params.get("locale"),
            "client_reference_id": params.get("client_reference_id"),
            "metadata": params.get("metadata", {}),
            "intent_metadata": params.get("payment_intent_data", {}).get("metadata", {}),
            "names": [line["price_data"]["product_data"]["name"] for line in lines],
            "payment_intent": None,
            "expires_at": expires_at,
            "success_url": params["success_url"],
            "cancel_url": params["cancel_url"],
            "url": f"{self.base}/c/pay/{name}",
        }
        self.sessions[name] = session
        return session

    def _create_endpoint(self, params: Json) -> Json:
        url, events = str(params["url"]), list(params.get("enabled_events", {}).values())
        scheme = ("https://",) if self.settings["livemode"] else ("https://", "http://")
        _require(url.startswith(scheme), "url", "Invalid URL: must begin with https in live mode.")
        _require(bool(events), "enabled_events", "Name the events.")
        endpoint = {
            "id": f"we_{secrets.token_hex(8)}",
            "object": "webhook_endpoint",
            "url": url,
            "enabled_events": events,
            "secret": f"whsec_{secrets.token_hex(16)}",
        }
        self.endpoints.append(endpoint)
        return endpoint

    def _create_refund(self, params: Json) -> Json:
        intent = _known(self.intents, params["payment_intent"])
        amount = int(params["amount"])
        if intent.get("disputed"):
            raise Refused(400, "invalid_request_error", "charge_disputed", "The charge is disputed.")
        if intent["amount_refunded"] + amount > intent["amount"]:
            raise Refused(400, "invalid_request_error", "charge_already_refunded", "More than is left of the charge.")
        return self.add_refund(intent, amount, params.get("metadata", {}), self.settings["refund_status"])

    def add_refund(self, intent: Json, amount: int, metadata: Json, status: str) -> Json:
        """Refund part of a payment, as the API or somebody at the dashboard does."""
        refund = {
            "id": f"re_{secrets.token_hex(10)}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": status,
            "metadata": metadata,
        }
        self.refunds[refund["id"]] = refund
        intent["amount_refunded"] += amount
        self.call("charge.refunded", {**_charge(intent)})
        self.call("refund.created", refund)
        return refund

    def change_refund(self, refund: Json, status: str) -> None:
        """Let a refund come through or fail later on."""
        refund["status"] = status
        if status == "failed":
            refund["failure_reason"] = "lost_or_stolen_card"
            self.intents[refund["payment_intent"]]["amount_refunded"] -= refund["amount"]
            self.call("refund.failed", refund)
        self.call("refund.updated", refund)

    def pay(self, session: Json, *, slow: bool) -> None:
        """Complete a session, paid at once or by a slow method."""
        if session["status"] != "open":
            return
        intent = {
            "id": f"pi_{secrets.token_hex(10)}",
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_refunded": 0,
            "currency": session["currency"],
            "status": "processing" if slow else "succeeded",
            "metadata": session["intent_metadata"],
        }
        self.intents[intent["id"]] = intent
        session |= {
            "status": "complete",
            "payment_status": "unpaid" if slow else "paid",
            "payment_intent": intent["id"],
            "url": None,
        }
        self.call("checkout.session.completed", session)

    def finish(self, session: Json, *, ok: bool) -> None:
        """Let a slow payment come through or fall through."""
        intent = self.intents[session["payment_intent"]]
        intent["status"] = "succeeded" if ok else "requires_payment_method"
        if ok:
            session["payment_status"] = "paid"
        self.call(f"checkout.session.async_payment_{'succeeded' if ok else 'failed'}", session)

    def expire(self, session: Json) -> Json:
        """Let nobody pay a session any more."""
        session |= {"status": "expired", "url": None}
        self.call("checkout.session.expired", session)
        return session

    def dispute(self, intent: Json, status: str, amount: int | None) -> None:
        """Open a dispute, or close it."""
        name = f"dp_{intent['id'][3:]}"
        dispute = self.disputes.setdefault(
            name,
            {
                "id": name,
                "object": "dispute",
                "amount": amount or intent["amount"],
                "currency": intent["currency"],
                "payment_intent": intent["id"],
            },
        )
        intent["disputed"] = status != "won"
        dispute["status"] = {"open": "needs_response"}.get(status, status)
        self.call("charge.dispute.created" if status == "open" else "charge.dispute.closed", dispute)

    def call(self, kind: str, one: Json) -> None:
        """Call back, as often as is set, on a thread of its own."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "livemode": self.settings["livemode"],
            "data": {"object": json.loads(json.dumps(one))},
        }
        url, times, delay_s = (self.settings[name] for name in ("callback_url", "callbacks", "delay_s"))
        targets = [(url, self.settings["secrets"])] if url else []
        targets += [(one["url"], [one["secret"]]) for one in self.endpoints if kind in one["enabled_events"]]
        for address, signing in targets if times else []:
            with self.lock:
                self.calling += times
            threading.Thread(target=self._deliver, args=(address, signing, event, times, delay_s)).start()

    def _deliver(self, url: str, signing: list[str], event: Json, times: int, delay_s: float) -> None:
        time.sleep(delay_s)
        body = json.dumps(event).encode()
        threads = [threading.Thread(target=self._post, args=(url, signing, body)) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post(self, url: str, signing: list[str], body: bytes) -> None:
        header = signature(body, signing, at=int(time.time()))
        request = urllib.request.Request(url, data=body, headers={"Stripe-Signature": header})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        with self.lock:
            self.callbacks.append(status)
            self.calling -= 1


def signature(body: bytes, signing_secrets: list[str], *, at: int) -> str:
    """Return the header Stripe-Signature for a body: one `v1` for each secret, as during a rotation."""
    signed = f"{at}.".encode() + body
    made = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in signing_secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in made)])


def _known(things: dict[str, Json], name: str) -> Json:
    if name not in things:
        raise Refused(404, "invalid_request_error", "resource_missing", f"No such object: {name}.")
    return things[name]


def _charge(intent: Json) -> Json:
    return {
        "id": f"ch_{intent['id'][3:]}",
        "object": "charge",
        "payment_intent": intent["id"],
        "amount": intent["amount"],
        "amount_refunded": intent["amount_refunded"],
        "currency": intent["currency"],
        "metadata": intent["metadata"],
    }


def _require(true: bool, param: str, message: str) -> None:
    if not true:
        raise Refused(400, "invalid_request_error", f"parameter_invalid_{param}", message)


def unfolded(pairs: list[tuple[str, str]]) -> Json:
    """Return the nested values that `a[b][0]=c` stands for; lists are dictionaries by position."""
    result: Json = {}
    for name, value in pairs:
        *way, last = name.replace("]", "").split("[")
        place = result
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return result


class Handler(BaseHTTPRequestHandler):
    """Answer the API, the hosted page and the tests' control."""

    protocol_version = "HTTP/1.1"
    accounts: dict[str, Stripe]

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, method: str) -> None:
        where = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if where.path.startswith("/v1/"):
                self._api(method, where, body)
            elif where.path.startswith("/c/pay/"):
                self._page(method, where.path.rpartition("/")[2], body)
            elif where.path.startswith("/_control/"):
                self._json(200, self._control(where.path.rpartition("/")[2], json.loads(body or b"{}")))
            else:
                self._json(404, {})
        except Refused as error:
            self._json(error.status, error.body)

    def _api(self, method: str, where: urllib.parse.SplitResult, body: bytes) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        stripe = next((one for one in self.accounts.values() if given in one.keys), None)
        if stripe is None:
            raise Refused(401, "invalid_request_error", None, "Invalid API Key provided.")
        if where.path.split("/")[2] in stripe.keys[given]:
            raise Refused(403, "invalid_request_error", None, "The key does not have the required permissions.")
        pairs = urllib.parse.parse_qsl(where.query if method == "GET" else body.decode(), keep_blank_values=True)
        key = self.headers.get("Idempotency-Key") if method == "POST" else None
        self._json(*stripe.api(method, where.path, unfolded(pairs), key))

    def _control(self, what: str, given: Json) -> Json:
        name = given.pop("account", FIRST)
        if what == "open":
            opened = self.accounts.setdefault(name, Stripe(self.accounts[FIRST].base, name, {}))
            opened.keys = given.pop("keys", opened.keys)
            opened.settings["livemode"] = given.pop("livemode", opened.settings["livemode"])
            opened.about |= given
        stripe = self.accounts[name]
        with stripe.lock:
            if what == "settings":
                stripe.settings |= given
            elif what == "forget-keys":
                stripe.answers.clear()
            elif what == "pay":
                self._choose(stripe, _known(stripe.sessions, given["session"]), given["how"])
            elif what == "mode":
                _known(stripe.sessions, given["session"])["livemode"] = given["live"]
            elif what == "finish":
                stripe.finish(_known(stripe.sessions, given["session"]), ok=given["ok"])
            elif what == "dispute":
                intent = stripe.intents[stripe.sessions[given["session"]]["payment_intent"]]
                stripe.dispute(intent, given["status"], given.get("amount"))
            elif what == "refund" and "refund" in given:
                stripe.change_refund(stripe.refunds[given["refund"]], given["status"])
            elif what == "refund":
                intent = stripe.intents[stripe.sessions[given["session"]]["payment_intent"]]
                stripe.add_refund(intent, given["amount"], {}, "succeeded")
            return {
                "sessions": stripe.sessions,
                "intents": stripe.intents,
                "refunds": stripe.refunds,
                "requests": stripe.requests,
                "endpoints": stripe.endpoints,
                "callbacks": stripe.callbacks,
                "calling": stripe.calling,
            }

    def _choose(self, stripe: Stripe, session: Json, how: str) -> str | None:
        """Do what a buyer does on the page, and return where the browser goes; None: the page is shown again."""
        if how in {"pay", "slow"}:
            stripe.pay(session, slow=how == "slow")
            return str(session["success_url"])
        if how == "expire":
            stripe.expire(session)
            return None
        return str(session["cancel_url"]) if how == "cancel" else None

    def _page(self, method: str, name: str, body: bytes) -> None:
        stripe = next((one for one in self.accounts.values() if name in one.sessions), self.accounts[FIRST])
        with stripe.lock:
            session = _known(stripe.sessions, name)
            declined = ""
            if method == "POST":
                how = urllib.parse.parse_qs(body.decode()).get("how", [""])[0]
                target = self._choose(stripe, session, how)
                if target is not None:
                    self.send_response(303)
                    self.send_header("Location", target)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                declined = '<p role="alert">Your card was declined.</p>'
            lines = "".join(f"<li>{html.escape(line)}</li>" for line in session["names"])
            buttons = "".join(
                f'<button name="how" value="{how}">{how}</button>' for how in ("pay", "slow", "decline", "cancel")
            )
            text = (
                f'<!doctype html><html lang="en"><title>Stand-in Stripe</title>'
                f'<link rel="icon" href="data:,"><h1>Stand-in Stripe</h1>{declined}'
                f"<ul>{lines}</ul><p>{session['amount_total']} {session['currency']}</p>"
                f'<form method="post">{buttons}</form></html>'
            )
        self._send(200, text.encode(), "text/html; charset=utf-8")

    def _json(self, status: int, value: Json) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until stdin ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    base = f"http://127.0.0.1:{server.server_address[1]}"
    Handler.accounts = {FIRST: Stripe(base, FIRST, {os.environ[KEY_VARIABLE]: []})}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"base": base}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
