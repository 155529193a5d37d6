"""The word to go, and the work: rows in batches, so that tills go on meanwhile; all of them, or none.

Certificates are opened first and can be found by nobody; when all stand, their numbers are written in one transaction.
A row that the ledger refuses takes back those before it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection, gathering
from largesse.db.faults import key_taken
from largesse.db.statistics import renew_statistics
from largesse.domain import certificates, imports, staff
from largesse.domain.certificates import NumberRole, NumberRow
from largesse.domain.imports import (
    Import,
    ImportBusy,
    ImportFaulty,
    ImportState,
    ImportTerms,
    ImportUnanswered,
    ImportUnknown,
    OldCertificate,
    Recipient,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.clock import day_of, end_of_day
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.ledger import Account, BringOver, ClassOfValue, Command, Prepare
from largesse.services.certificates import Place, Request, said_of
from largesse.services.counter import CounterMailDue, CounterMailPurpose, publish_about
from largesse.services.imports.dependencies import ImportDependencies
from largesse.services.imports.examining import examine, find_import, read, table_of
from largesse.ui import LANGUAGES

BATCH = 500
_NUMBERS_AT_ONCE = 2_000
_MAILS_AT_ONCE = 500

Progress = Callable[[Import], None]

_log = structlog.get_logger()


def silent(_: Import) -> None:
    """Let the work go on without a word."""


async def confirm(
    deps: ImportDependencies, merchant: Merchant, import_id: UUID, *, actor: str, reason: str | None, now: datetime
) -> Import:
    """Give the word to go, after rehearsing once more; one that has it already is returned as it is.

    Raises:
        ImportUnknown: there is no such import.
        ImportUnanswered: something about the file has to be said first.
        ImportFaulty: something is wrong; what it is, is listed.
        ImportBusy: another import is under way.
    """
    one = await find_import(deps, merchant, import_id)
    if one.state is not ImportState.STAGED:
        return one
    terms = _settled(one.terms, merchant, now)
    summary, _ = await examine(deps, merchant, await table_of(deps, one), choices=one.choices, terms=terms, now=now)
    if summary.questions:
        raise ImportUnanswered
    if not summary.is_ready:
        message = None if summary.fault_count else "There is nothing in this file that could be imported."
        raise ImportFaulty(message, fields=summary.faults)
    begun = msgspec.structs.replace(
        one,
        state=ImportState.IMPORTING,
        terms=terms,
        summary=summary,
        rows=summary.rows,
        confirmed_by=actor,
        confirmed_at=now,
    )
    try:
        async with deps.transaction() as connection:
            standing = await imports.lock(connection, merchant.merchant_id, import_id)
            if standing is None or standing.state is not ImportState.STAGED:
                return standing or begun
            await imports.begin(connection, begun)
            await staff.record(
                connection,
                merchant.merchant_id,
                Audited.IMPORT_CONFIRMED,
                subject=str(import_id),
                actor=actor,
                reason=reason,
                now=now,
            )
    except Exception as error:
        if key_taken(error):
            raise ImportBusy from error
        raise
    return begun


def _settled(terms: ImportTerms, merchant: Merchant, now: datetime) -> ImportTerms:
    """Return terms with the moment and the day of the word to go, where no other cut-over was named."""
    cut_over = min(terms.cut_over or now, now)
    return msgspec.structs.replace(terms, cut_over=cut_over, day=day_of(now, in_zone=merchant.zone))


async def run(
    deps: ImportDependencies,
    merchant: Merchant,
    import_id: UUID,
    *,
    now: datetime,
    progress: Progress = silent,
    batch: int = BATCH,
) -> Import:
    """Do the work of an import that has the word to go, from wherever it stopped, and return it as it then stands.

    Raises:
        ImportUnknown: there is no such import.
    """
    one = await find_import(deps, merchant, import_id)
    if one.state is not ImportState.IMPORTING:
        return one
    reading = await read(await table_of(deps, one), one.choices, merchant, day=one.terms.day or now.date())
    if reading.brought is None or len(reading.brought.rows) != one.rows:  # the version of before read it otherwise
        return await _undo(deps, one, "This version reads the file otherwise than the one that began with it.")
    rows = reading.brought.rows
    while one.progress < one.rows:
        try:
            one = await _write_some(deps, merchant, one, rows[one.progress : one.progress + batch], now=now)
        except LargesseError as refused:
            if refused.code not in _REFUSED_FOR_GOOD:
                raise
            return await _undo(deps, one, refused.message)
        if one.state is not ImportState.IMPORTING:
            return one
        progress(one)
    one = await _finish(deps, merchant, one, rows, now=now)
    progress(one)
    await renew_statistics(deps.database, rows=one.rows)
    return one


_REFUSED_FOR_GOOD = frozenset(
    {"certificate.expired", "amount.refused", "certificate.funding.refused", "certificate.tax.refused"}
)


async def _write_some(
    deps: ImportDependencies, merchant: Merchant, seen: Import, some: Sequence[OldCertificate], *, now: datetime
) -> Import:
    """Open the next certificates, and write how far it is in the same transaction: nobody opens them twice."""
    async with deps.transaction() as connection:
        one = await _locked(connection, seen)
        if (one.state, one.progress) != (seen.state, seen.progress):  # somebody else has written these
            return one
        books = await deps.ledger.open_books(connection, [one.merchant_id], now=now)
        commands = [_command(one, row, merchant) for row in some]
        async with gathering(connection) as writes:
            outcomes = deps.ledger.post_fresh(writes, commands, books)
            refused = next((outcome for outcome in outcomes if isinstance(outcome, LargesseError)), None)
            if refused is not None:
                raise refused
        opened = [(row.line, _certificate_id(one, row)) for row in some]
        await imports.insert_certificates(connection, one.merchant_id, one.import_id, opened)
        one = msgspec.structs.replace(one, progress=one.progress + len(some))
        await imports.put_progress(connection, one)
    return one


async def _finish(
    deps: ImportDependencies, merchant: Merchant, seen: Import, rows: Sequence[OldCertificate], *, now: datetime
) -> Import:
    """Write all numbers, and forget the file: from here on the certificates can be found, and are told of if wanted."""
    async with deps.transaction(long=True) as connection:
        one = await _locked(connection, seen)
        if one.state is not ImportState.IMPORTING:
            return one
        for start in range(0, len(rows), _NUMBERS_AT_ONCE):
            async with gathering(connection) as writes:
                some = rows[start : start + _NUMBERS_AT_ONCE]
                certificates.insert_numbers(writes, [sealed for row in some for sealed in _numbers(deps, one, row)])
        await _keep_recipients(connection, merchant, one, [row for row in rows if row.email], now=now)
        one = msgspec.structs.replace(one, state=ImportState.DONE, progress=one.rows, finished_at=now)
        await imports.put_state(connection, one)
        await imports.forget_table(connection, one.merchant_id, one.import_id)
    return one


async def _keep_recipients(
    connection: Connection, merchant: Merchant, one: Import, rows: Sequence[OldCertificate], *, now: datetime
) -> None:
    """Write whom certificates are for, and queue a mail to each of them where the operator has asked for that."""
    for start in range(0, len(rows), _MAILS_AT_ONCE):
        some = rows[start : start + _MAILS_AT_ONCE]
        whom = [
            Recipient(
                certificate_id=_certificate_id(one, row),
                email=row.email,
                name=row.name,
                locale=row.language if row.language in LANGUAGES else "",
            )
            for row in some
        ]
        await imports.insert_recipients(connection, one.merchant_id, whom)
        if not one.terms.tells:
            continue
        mails = [
            CounterMailDue(
                mail_id=new_id(now),
                purpose=CounterMailPurpose.IMPORTED,
                address=its.email,
                name=its.name,
                locale=its.locale or merchant.language,
                currency=row.currency,
                certificate_id=its.certificate_id,
            )
            for row, its in zip(some, whom, strict=True)
            if not row.is_inactive
        ]
        await publish_about(connection, one.merchant_id, mails, now=now)


async def _undo(deps: ImportDependencies, seen: Import, why: str) -> Import:
    """Have what stands of an import taken back."""
    async with deps.transaction() as connection:
        one = await _locked(connection, seen)
        if one.state is ImportState.IMPORTING:
            one = msgspec.structs.replace(one, state=ImportState.UNDOING, progress=0, trouble=why)
            await imports.put_state(connection, one)
    _log.warning("import_undone", import_id=str(one.import_id))
    return one


async def _locked(connection: Connection, seen: Import) -> Import:
    one = await imports.lock(connection, seen.merchant_id, seen.import_id)
    if one is None:
        raise ImportUnknown
    return one


def _certificate_id(one: Import, row: OldCertificate) -> UUID:
    return derived_id("import", one.import_id, str(row.line))


def _numbers(deps: ImportDependencies, one: Import, row: OldCertificate) -> list[NumberRow]:
    key = deps.keyring, one.merchant_id, _certificate_id(one, row)
    found = [certificates.seal_number(*key, row.number, bits=row.bits)]
    if row.alias:
        found.append(certificates.seal_number(*key, row.alias, role=NumberRole.ALIAS, bits=row.bits))
    return found


def _command(one: Import, row: OldCertificate, merchant: Merchant) -> Command:
    certificate_id = _certificate_id(one, row)
    place = Place(merchant_id=one.merchant_id, certificate_id=certificate_id)
    said = said_of(place, Request(operation_id=certificate_id, actor=one.confirmed_by or one.created_by))
    if row.is_inactive:
        return Prepare(**said, claimed_at=one.terms.cut_over, currency=row.currency)
    terms, through = one.terms, row.good_through
    given = terms.class_of_value is ClassOfValue.PROMOTIONAL
    issued = None if row.issued is None else datetime.combine(row.issued, time(), tzinfo=merchant.zone)
    return BringOver(
        **said,
        claimed_at=terms.cut_over,
        currency=row.currency,
        class_of_value=terms.class_of_value,
        funding=Account.PROMOTIONS_GRANTED if given else Account.OPENING_BALANCES,
        value=row.value,
        gratuity=row.gratuity,
        included_tax=0 if given else terms.treatment.included(row.value),
        treatment=terms.treatment,
        good_through=through,
        expires_at=end_of_day(through, in_zone=merchant.zone) if through else None,
        first_issued_at=None if given else issued or terms.cut_over,
    )
