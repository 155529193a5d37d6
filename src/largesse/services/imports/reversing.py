"""Take an import back as a whole: what filled its certificates is swapped, and their numbers are free again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.faults import key_taken
from largesse.domain import certificates, imports, staff
from largesse.domain.imports import (
    Import,
    ImportBusy,
    ImportNotReversible,
    ImportState,
    ImportTouched,
    ImportUnknown,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.ledger import Void, VoidReason, lock_untouched
from largesse.services.imports.dependencies import ImportDependencies
from largesse.services.imports.examining import find_import
from largesse.services.imports.running import BATCH, Progress, silent

_views = load(__package__, "views.sql")


async def reverse(
    deps: ImportDependencies, merchant: Merchant, import_id: UUID, *, actor: str, reason: str | None, now: datetime
) -> Import:
    """Give the word to take an import back; one that has it already is returned as it is.

    Raises:
        ImportUnknown: there is no such import.
        ImportNotReversible: it is not done.
        ImportTouched: certificates of it were used since.
        ImportBusy: another import is under way.
    """
    try:
        async with deps.transaction() as connection:
            one = await imports.lock(connection, merchant.merchant_id, import_id)
            if one is None:
                raise ImportUnknown
            if one.state in {ImportState.REVERSING, ImportState.REVERSED}:
                return one
            if one.state is not ImportState.DONE:
                raise ImportNotReversible
            touched = await connection.fetchval(_views.touched, merchant.merchant_id, import_id)
            if touched:
                raise ImportTouched(touched)
            one = msgspec.structs.replace(
                one, state=ImportState.REVERSING, progress=0, reversed_by=actor, reversed_at=now
            )
            await imports.put_state(connection, one)
            await staff.record(
                connection,
                merchant.merchant_id,
                Audited.IMPORT_REVERSED,
                subject=str(import_id),
                actor=actor,
                reason=reason,
                now=now,
            )
    except Exception as error:
        if key_taken(error):
            raise ImportBusy from error
        raise
    return one


async def take_back(
    deps: ImportDependencies, merchant: Merchant, import_id: UUID, *, now: datetime, progress: Progress = silent
) -> Import:
    """Do the work of an import that is to be taken back, from wherever it stopped, and return it as it then stands.

    A certificate that somebody used in the meantime stays as it is, and is counted as kept.

    Raises:
        ImportUnknown: there is no such import.
    """
    one = await find_import(deps, merchant, import_id)
    while one.state in {ImportState.REVERSING, ImportState.UNDOING}:
        one = await _take_some(deps, one, now=now)
        progress(one)
    return one


async def _take_some(deps: ImportDependencies, seen: Import, *, now: datetime) -> Import:
    async with deps.transaction() as connection:
        one = await imports.lock(connection, seen.merchant_id, seen.import_id)
        if one is None:
            raise ImportUnknown
        if one.state not in {ImportState.REVERSING, ImportState.UNDOING}:
            return one
        some = await imports.certificates_after(
            connection, one.merchant_id, one.import_id, after=one.progress, limit=BATCH
        )
        if some:
            ended = await _void(connection, deps, one, some, now=now)
            kept = one.kept + len(some) - ended
            one = msgspec.structs.replace(one, progress=one.progress + len(some), kept=kept)
            await imports.put_progress(connection, one)
            return one
        state = ImportState.REVERSED if one.state is ImportState.REVERSING else ImportState.FAILED
        one = msgspec.structs.replace(one, state=state, finished_at=now)
        await imports.put_state(connection, one)
        await imports.forget_table(connection, one.merchant_id, one.import_id)
    return one


async def _void(
    connection: Connection, deps: ImportDependencies, one: Import, ids: Sequence[UUID], *, now: datetime
) -> int:
    """End those of some certificates that nobody has used, free their numbers, and return how many there were."""
    untouched = await lock_untouched(connection, one.merchant_id, ids)
    commands = [
        Void(
            merchant_id=one.merchant_id,
            certificate_id=certificate_id,
            operation_id=derived_id("import-reversal", one.import_id, certificate_id),
            actor=one.reversed_by or one.confirmed_by or one.created_by,
            reason=VoidReason.ERROR,
        )
        for certificate_id in untouched
    ]
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
    await certificates.forget_numbers(connection, one.merchant_id, untouched)
    await imports.forget_recipients(connection, one.merchant_id, untouched)
    return len(untouched)
