"""Write a dataset of one merchant to a file or a reader, from one consistent snapshot, in memory that does not grow."""

import tempfile
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.db import Connection
from largesse.db.dataset import Dataset, count_statement
from largesse.domain import locations
from largesse.domain.certificates import last_fours
from largesse.domain.exports import FileFormat, Progress, Sink, write_csv, write_jsonl, write_xlsx
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderFilter, OrderStatus, PhoneForm, orders_dataset, posted_dataset
from largesse.domain.partners import buyers, find_partner
from largesse.kernel.clock import aware, start_of_day
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.paging import Period
from largesse.kernel.sealing import Keyring
from largesse.ledger import Status, certificates_dataset, journal_dataset, redemptions_dataset
from largesse.outbox import DeliveryStatus, Endpoint, deliveries_dataset, find_endpoint, open_private
from largesse.services.endpoints import phone_form_of
from largesse.services.exports.dependencies import ExportDependencies

Word = TypeVar("Word", bound=StrEnum)

_CHUNK_BYTES = 1 << 18


class DatasetName(StrEnum):
    """What can be exported."""

    ORDERS = "orders"
    CERTIFICATES = "certificates"
    JOURNAL = "journal"
    REDEMPTIONS = "redemptions"
    DELIVERIES = "deliveries"


_FILTERS: dict[DatasetName, frozenset[str]] = {
    DatasetName.ORDERS: frozenset({"status", "refcode", "endpoint", "partner"}),
    DatasetName.CERTIFICATES: frozenset({"status"}),
    DatasetName.JOURNAL: frozenset(),
    DatasetName.REDEMPTIONS: frozenset(),
    DatasetName.DELIVERIES: frozenset({"status", "endpoint"}),
}


class ExportLayout(StrEnum):
    """Which columns orders are exported with."""

    FULL = "full"
    """The 26 names, then where each order stands and our own columns."""
    POSTED = "posted"
    """Exactly what the order post has: the 26 fields of issued orders, telephones in the posted form."""


class DateOf(StrEnum):
    """Which date of an order a span is of."""

    ORDERED = "ordered"
    ISSUED = "issued"


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a dataset. `since` (included) and `until` (excluded) are days or times as `read_moment` reads them.

    `endpoint` chooses its deliveries; for orders, it fills custom1 and custom2 with its constants, and telephones are
    posted as it asks for them.
    """

    dataset: DatasetName
    format: FileFormat = FileFormat.CSV
    since: str | None = None
    until: str | None = None
    status: str | None = None
    refcode: str | None = None
    endpoint: UUID | None = None
    partner: str | None = None
    layout: ExportLayout = ExportLayout.FULL
    by: DateOf = DateOf.ORDERED


class ExportRefused(InvalidInput):
    """Which of the filters cannot be used, and why."""

    code = "export.refused"
    message = "This export cannot be made as asked. Correct what is listed."


class MomentInvalid(InvalidInput):
    """A text is neither a day nor a time."""

    code = "moment.invalid"
    message = (
        "Write a day like 2026-11-22, or a time like 2026-11-22T15:04:05; without an offset it is the merchant's own."
    )


async def export(
    deps: ExportDependencies,
    merchant: Merchant,
    request: ExportRequest,
    *,
    sink: Sink,
    progress: Progress = lambda _rows: None,
    total: Callable[[int], None] | None = None,
) -> int:
    """Write what is asked for into `sink`, and return how many rows it has.

    `total`, where given, is told the number of rows before the first is written. All rows are of one moment, however
    long the writing takes.

    Raises:
        ExportRefused: a filter does not belong to the dataset, or cannot be read.
    """
    async with deps.database.connection() as connection:
        dataset = msgspec.structs.replace(
            await _dataset(connection, deps.keyring, merchant, request), currency=merchant.currency
        )
    async with deps.database.snapshot() as connection:
        if total is not None:
            query, args = count_statement(dataset)
            total(await connection.fetchval(query, *args))
        return await _write(connection, dataset, request.format, sink, progress)


def read_moment(text: str, *, in_zone: ZoneInfo) -> datetime:
    """Return the moment of a day (its first instant) or a time; without an offset it is in `in_zone`.

    Raises:
        MomentInvalid: it is neither.
    """
    try:
        if len(text) == len("2026-11-22"):
            return start_of_day(date.fromisoformat(text), in_zone=in_zone)
        moment = datetime.fromisoformat(text)
        return aware(moment if moment.tzinfo else moment.replace(tzinfo=in_zone))
    except (ValueError, OverflowError) as error:
        raise MomentInvalid from error


async def _write(connection: Connection, dataset: Dataset, wanted: FileFormat, sink: Sink, progress: Progress) -> int:
    match wanted:
        case FileFormat.CSV:
            return await write_csv(connection, dataset, sink, progress)
        case FileFormat.JSONL:
            return await write_jsonl(connection, dataset, sink, progress)
        case FileFormat.XLSX:
            with tempfile.TemporaryDirectory(prefix="largesse-export-") as folder:
                path = Path(folder) / "export.xlsx"
                rows = await write_xlsx(connection, dataset, path, progress)
                with path.open("rb") as file:
                    while chunk := file.read(_CHUNK_BYTES):
                        await sink(chunk)
                return rows


async def _dataset(connection: Connection, keyring: Keyring, merchant: Merchant, request: ExportRequest) -> Dataset:
    span = _period(merchant, request)
    merchant_id, zone = merchant.merchant_id, merchant.time_zone
    match request.dataset:
        case DatasetName.ORDERS:
            chosen = await _order_filter(connection, keyring, merchant, request, span)
            if request.layout is ExportLayout.POSTED:
                phone = await _phone_form(connection, merchant, request)
                found = posted_dataset(
                    merchant_id, vendor_number=merchant.number, zone=zone, chosen=chosen, phone=phone
                )
            else:
                found = orders_dataset(merchant_id, vendor_number=merchant.number, zone=zone, chosen=chosen)
            return found.joined(buyers(merchant_id))
        case DatasetName.CERTIFICATES:
            status = _word(Status, request.status)
            found = certificates_dataset(merchant_id, zone=zone, issued=span, status=status)
            return found.joined(last_fours(merchant_id), after="certificate_id")
        case DatasetName.JOURNAL:
            return journal_dataset(merchant_id, zone=zone, recorded=span)
        case DatasetName.REDEMPTIONS:
            found = redemptions_dataset(merchant_id, zone=zone, recorded=span)
            return found.joined(locations.codes(merchant_id), after="booked_on")
        case DatasetName.DELIVERIES:
            endpoint = await _endpoint(connection, merchant, request)
            return deliveries_dataset(
                merchant_id,
                zone=zone,
                occurred=span,
                endpoint_id=endpoint.endpoint_id if endpoint else None,
                status=_word(DeliveryStatus, request.status),
            )


async def _order_filter(
    connection: Connection, keyring: Keyring, merchant: Merchant, request: ExportRequest, span: Period
) -> OrderFilter:
    endpoint = await _endpoint(connection, merchant, request)
    customs = open_private(keyring, endpoint).constants if endpoint else {}
    partner = await find_partner(connection, merchant.merchant_id, request.partner) if request.partner else None
    by_issue = request.by is DateOf.ISSUED
    return OrderFilter(
        placed=Period() if by_issue else span,
        issued=span if by_issue else Period(),
        status=_word(OrderStatus, request.status),
        refcode=request.refcode,
        partner_id=partner.partner_id if partner else None,
        custom1=customs.get("custom1", ""),
        custom2=customs.get("custom2", ""),
    )


async def _phone_form(connection: Connection, merchant: Merchant, request: ExportRequest) -> PhoneForm:
    endpoint = await _endpoint(connection, merchant, request)
    return phone_form_of(endpoint) if endpoint else PhoneForm.INTERNATIONAL


async def _endpoint(connection: Connection, merchant: Merchant, request: ExportRequest) -> Endpoint | None:
    """Return the endpoint that is named, which must be the merchant's own: another's would give an empty table."""
    if request.endpoint is None:
        return None
    endpoint = await find_endpoint(connection, request.endpoint)
    if endpoint.merchant_id != merchant.merchant_id:
        raise ExportRefused(
            fields=[FieldError("endpoint", "endpoint.not_found", "This merchant has no such endpoint.")]
        )
    return endpoint


def _period(merchant: Merchant, request: ExportRequest) -> Period:
    """Return the span asked for, with every filter checked that needs no database."""
    faults = [
        FieldError(name, "export.filter.unsupported", f"{request.dataset.value} cannot be filtered by {name}.")
        for name in ("status", "refcode", "endpoint", "partner")
        if getattr(request, name) is not None and name not in _FILTERS[request.dataset]
    ]
    if request.dataset is not DatasetName.ORDERS:
        faults += [
            FieldError(name, "export.filter.unsupported", f"Only orders have a choice of {name}.")
            for name, usual in (("layout", ExportLayout.FULL), ("by", DateOf.ORDERED))
            if getattr(request, name) is not usual
        ]
    moments: dict[str, datetime | None] = {"since": None, "until": None}
    for name, text in (("since", request.since), ("until", request.until)):
        try:
            moments[name] = read_moment(text, in_zone=merchant.zone) if text is not None else None
        except MomentInvalid as error:
            faults.append(FieldError(name, error.code, error.message))
    if moments["since"] and moments["until"] and moments["until"] <= moments["since"]:
        faults.append(FieldError("until", "export.until.too_early", "Nothing is before it: it must be after `since`."))
    if faults:
        raise ExportRefused(fields=faults)
    return Period(since=moments["since"], until=moments["until"])


def _word(words: type[Word], text: str | None) -> Word | None:
    try:
        return words(text) if text is not None else None
    except ValueError as error:
        known = ", ".join(word.value for word in words)
        raise ExportRefused(
            fields=[FieldError("status", "export.status.unknown", f"Choose one of: {known}.")]
        ) from error
