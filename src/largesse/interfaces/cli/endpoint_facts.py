"""What the endpoint commands print. Never a secret, nor a URL's query or custom1 and custom2: they may be key phrases.

`show` and `test` print the body that was sent with these masked.
"""

from collections.abc import Sequence

from largesse import outbox
from largesse.interfaces.cli.output import as_json, fields
from largesse.kernel import free_text
from largesse.services.endpoints import Trial


def endpoint_facts(one: outbox.Endpoint) -> dict[str, object]:
    """Return what may be shown of an endpoint."""
    return {
        "endpoint_id": str(one.endpoint_id),
        "merchant_id": str(one.merchant_id),
        "format": one.format,
        "address": one.url,
        "events": ", ".join(one.events),
        "sealed": "set" if one.private or one.clear else None,
        **one.options,
        "ordered": one.ordered,
        "status": one.status.value,
        "reason": one.status_reason,
        "failing_since": one.failing_since,
        "last_success_at": one.last_success_at,
        "asked_address": one.asked.url or None if one.asked else None,
        "asked_by": one.asked.by if one.asked else None,
        "old_secret_until": one.previous_until,
        "created_at": one.created_at,
    }


def endpoint_line(one: outbox.Endpoint) -> str:
    """Return an endpoint in one line."""
    failing = f"  failing since {one.failing_since:%Y-%m-%d %H:%M:%S}" if one.failing_since else ""
    reason = f"  ({one.status_reason})" if one.status_reason else ""
    return f"{one.endpoint_id}  {one.format:<10} {one.status.value:<8} {one.url}{reason}{failing}"


def delivery_facts(one: outbox.Delivery) -> dict[str, object]:
    """Return what became of a delivery."""
    pending = one.status is outbox.DeliveryStatus.PENDING
    return {
        "event_id": str(one.event_id),
        "kind": one.kind,
        "occurred_at": one.occurred_at,
        "status": one.status.value,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at if pending else None,
        "settled_at": one.settled_at,
    }


def delivery_line(one: outbox.Delivery) -> str:
    """Return a delivery in one line."""
    when = f"{one.occurred_at:%Y-%m-%d %H:%M:%S}"
    pending = one.status is outbox.DeliveryStatus.PENDING
    following = f"  next {one.next_attempt_at:%Y-%m-%d %H:%M:%S}" if pending else ""
    tries = "attempt" if one.attempts == 1 else "attempts"
    return f"{one.event_id}  {when}  {one.kind:<26} {one.status.value:<9} {one.attempts} {tries}{following}"


def attempt_lines(delivery: outbox.Delivery, attempts: Sequence[outbox.Attempt], *, machine: bool) -> str:
    """Return a delivery with all its attempts."""
    if machine:
        return as_json({**delivery_facts(delivery), "tries": [_attempt_facts(one) for one in attempts]})
    parts = [fields(delivery_facts(delivery))]
    for one in attempts:
        outcome = one.error or f"The receiver answered {one.status_code}."
        parts.append(f"attempt {one.attempt}  {one.started_at:%Y-%m-%d %H:%M:%S}  {one.duration_ms} ms  {outcome}")
        parts.append(f"sent:\n{_text(one.body)}")
        parts.append(f"answer:\n{_text(one.answer)}" if one.answer else "no answer text")
    return "\n\n".join(parts)


def trial_lines(trial: Trial, *, machine: bool) -> str:
    """Return what was sent to try an endpoint, and what came back."""
    answer = trial.answer
    if machine:
        facts = {
            "received": answer.received,
            "status_code": answer.status_code,
            "error": answer.error,
            "duration_ms": answer.duration_ms,
            "headers": trial.packed.parcel.headers,
            "body": _text(trial.packed.record),
            "answer": _text(answer.body),
        }
        return as_json(facts)
    headers = "\n".join(f"{name}: {value}" for name, value in trial.packed.parcel.headers.items())
    outcome = answer.error or f"Received: {answer.status_code}."
    said = f"\nIt answered: {_text(answer.body)}" if answer.body else ""
    return f"{headers}\n\n{_text(trial.packed.record)}\n\n{outcome} ({answer.duration_ms} ms){said}"


def _attempt_facts(one: outbox.Attempt) -> dict[str, object]:
    return {
        "attempt": one.attempt,
        "started_at": one.started_at,
        "duration_ms": one.duration_ms,
        "status_code": one.status_code,
        "error": one.error,
        "body": _text(one.body),
        "answer": _text(one.answer),
    }


def _text(raw: bytes) -> str:
    """Return bytes from outside as text that cannot command a terminal."""
    return free_text.for_terminals(raw.decode("utf-8", "replace"))
