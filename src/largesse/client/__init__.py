"""A client of the REST API for programs in Python: typed, blocking or asynchronous, with no dependency but httpx.

    with LargesseClient("lg_test_…", base_url="https://gifts.example.com") as client:
        made = client.send(issue("100.00", "USD", paid_by="cash"))
        client.send(redeem("25.00", "USD", number=made.number))

Whatever is sent is sent again under the same Idempotency-Key until it is known what became of it. Every answer may have
fields that this client does not know; they stand in `raw`.
"""

from largesse.client.calls import (
    ApiCall,
    activate,
    adjust,
    block,
    capture,
    cash_out,
    extend,
    hold,
    issue,
    issue_many,
    list_certificates,
    list_events,
    look_up,
    pay_bill,
    redeem,
    refund,
    release,
    reload,
    reverse,
    show_certificate,
    transfer,
    unblock,
    void,
)
from largesse.client.errors import ApiError, ApiRefusal, ApiUnreachable, RefusedField
from largesse.client.messages import (
    ApiBill,
    ApiBulk,
    ApiCertificate,
    ApiEvent,
    ApiEvents,
    ApiIssued,
    ApiLine,
    ApiOperation,
    ApiPage,
)
from largesse.client.sending import AsyncLargesseClient, LargesseClient, Retrying

__all__ = [
    "ApiBill",
    "ApiBulk",
    "ApiCall",
    "ApiCertificate",
    "ApiError",
    "ApiEvent",
    "ApiEvents",
    "ApiIssued",
    "ApiLine",
    "ApiOperation",
    "ApiPage",
    "ApiRefusal",
    "ApiUnreachable",
    "AsyncLargesseClient",
    "LargesseClient",
    "RefusedField",
    "Retrying",
    "activate",
    "adjust",
    "block",
    "capture",
    "cash_out",
    "extend",
    "hold",
    "issue",
    "issue_many",
    "list_certificates",
    "list_events",
    "look_up",
    "pay_bill",
    "redeem",
    "refund",
    "release",
    "reload",
    "reverse",
    "show_certificate",
    "transfer",
    "unblock",
    "void",
]
