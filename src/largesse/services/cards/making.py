"""Make a batch of cards, or take up a till's codes; void what is left of one. In steps that tills do not notice."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection, gathering
from largesse.domain import cards, certificates, merchants, staff
from largesse.domain.cards import BatchKind, BatchNotReady, BatchState, BatchUnknown, CardBatch, CodesTaken
from largesse.domain.certificates import NumberRole, NumberRow
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.numbers import FOREIGN_MAX, fold_number, make_number
from largesse.ledger import Prepare, Status, Void
from largesse.services.cards.dependencies import CardDependencies
from largesse.services.certificates import Place, Request, said_of

BATCH = 500
_SHORTEST = 6
_BITS_PER_SYMBOL = 3  # of a till's code, of which nobody says how it was made: as if it had digits alone

Progress = Callable[[CardBatch], None]


def unheard(_: CardBatch) -> None:
    """Let the work go on without a word."""


async def open_batch(
    deps: CardDependencies,
    merchant: Merchant,
    *,
    kind: BatchKind,
    name: str,
    count: int,
    currency: str | None = None,
    batch_id: UUID | None = None,
    actor: str,
    now: datetime,
) -> CardBatch:
    """Ask for a batch of so many cards; `make` makes them, or a duty does. One `batch_id` is one batch.

    Raises:
        BatchInvalid: it cannot be made.
    """
    batch = CardBatch(
        merchant_id=merchant.merchant_id,
        batch_id=batch_id or new_id(now),
        kind=kind,
        name=cards.check_batch(name, count),
        currency=currency or merchant.currency,
        count=count,
        created_by=actor,
        created_at=now,
    )
    async with deps.transaction() as connection:
        standing = await cards.find_batch(connection, merchant.merchant_id, batch.batch_id) if batch_id else None
        if standing is None:
            await cards.insert_batch(connection, batch)
    return standing or batch


async def open_pool(
    deps: CardDependencies,
    merchant: Merchant,
    codes: Sequence[str],
    *,
    name: str,
    low_at: int,
    digest: bytes,
    currency: str | None = None,
    actor: str,
    now: datetime,
) -> CardBatch:
    """Ask for a pool of a till's codes; the same file again is the pool that it is already.

    Raises:
        BatchInvalid: it cannot be made.
        CodesTaken: codes are twice there, too short, or those of other certificates; each is named by its line.
    """
    async with deps.database.connection() as connection:
        known = await cards.batch_of_file(connection, merchant.merchant_id, digest)
        if known is not None:
            return known
        faults = await _faults_of_codes(connection, deps, merchant, codes)
    if faults:
        raise CodesTaken(fields=faults)
    batch = CardBatch(
        merchant_id=merchant.merchant_id,
        batch_id=new_id(now),
        kind=BatchKind.POOL,
        name=cards.check_batch(name, len(codes)),
        currency=currency or merchant.currency,
        count=len(codes),
        low_at=low_at,
        file_digest=digest,
        created_by=actor,
        created_at=now,
    )
    async with deps.transaction() as connection:
        if await cards.insert_batch(connection, batch):
            return batch
        other = await cards.batch_of_file(connection, merchant.merchant_id, digest)
    assert other is not None, "somebody else brought the same file a moment ago"
    return other


async def _faults_of_codes(
    connection: Connection, deps: CardDependencies, merchant: Merchant, codes: Sequence[str]
) -> list[FieldError]:
    faults, seen = list[FieldError](), dict[str, int]()
    for line, code in enumerate(codes, start=1):
        folded = fold_number(code)
        if not _SHORTEST <= len(folded) <= FOREIGN_MAX:
            message = f"A code needs {_SHORTEST} to {FOREIGN_MAX} symbols."
            faults.append(FieldError(f"line {line}", "cards.code.length", message))
        elif seen.setdefault(folded, line) != line:
            message = f"Line {seen[folded]} has the same code, or one that reads the same."
            faults.append(FieldError(f"line {line}", "cards.code.repeated", message))
    digests = {digest: line for folded, line in seen.items() for digest in deps.keyring.lookups(folded)}
    known = await certificates.known_digests(connection, merchant.merchant_id, list(digests))
    message = "One of your certificates has this code already, or one that reads the same."
    faults += [
        FieldError(f"line {line}", "cards.code.taken", message) for line in sorted({digests[one] for one in known})
    ]
    return faults


async def find_batch(deps: CardDependencies, merchant: Merchant, batch_id: UUID) -> CardBatch:
    """Return a batch of a merchant.

    Raises:
        BatchUnknown: there is none of that id.
    """
    async with deps.database.connection() as connection:
        found = await cards.find_batch(connection, merchant.merchant_id, batch_id)
    if found is None:
        raise BatchUnknown
    return found


async def make(
    deps: CardDependencies,
    merchant: Merchant,
    batch_id: UUID,
    *,
    codes: Sequence[str] = (),
    now: datetime,
    progress: Progress = unheard,
    at_once: int = BATCH,
) -> CardBatch:
    """Make the cards of a batch that are missing, and return it as it then stands; `codes` are those of a pool.

    Raises:
        BatchUnknown: there is no such batch.
    """
    batch = await find_batch(deps, merchant, batch_id)
    while batch.state is BatchState.MAKING:
        batch = await _make_some(deps, merchant, batch, codes, now=now, at_once=at_once)
        progress(batch)
    return batch


async def _make_some(
    deps: CardDependencies, merchant: Merchant, seen: CardBatch, codes: Sequence[str], *, now: datetime, at_once: int
) -> CardBatch:
    async with deps.transaction() as connection:
        batch = await _locked(connection, seen)
        if batch.state is not BatchState.MAKING:
            return batch
        places = range(batch.progress + 1, min(batch.progress + at_once, batch.count) + 1)
        ids = {place: derived_id("card", batch.batch_id, str(place)) for place in places}
        books = await deps.ledger.open_books(connection, [batch.merchant_id], now=now)
        async with gathering(connection) as writes:
            commands = [
                Prepare(
                    **said_of(
                        Place(merchant_id=batch.merchant_id, certificate_id=one),
                        Request(operation_id=one, actor=batch.created_by),
                    ),
                    currency=batch.currency,
                )
                for one in ids.values()
            ]
            for outcome in deps.ledger.post_fresh(writes, commands, books):
                if isinstance(outcome, LargesseError):
                    raise outcome
            rows = [
                row for place, one in ids.items() for row in _numbers(deps, merchant, batch, one, _code(codes, place))
            ]
            certificates.insert_numbers(writes, rows)
        await cards.insert_cards(connection, batch, list(ids.items()))
        made = batch.progress + len(ids)
        batch = replace(batch, progress=made, state=BatchState.READY if made == batch.count else batch.state)
        await cards.put_batch(connection, batch)
    return batch


def _code(codes: Sequence[str], place: int) -> str:
    return codes[place - 1] if codes else ""


def _numbers(deps: CardDependencies, merchant: Merchant, batch: CardBatch, one: UUID, code: str) -> list[NumberRow]:
    """Return what a card is found by: its number, and the code outside on it; of a pool, the till's code."""
    key = deps.keyring, batch.merchant_id, one
    if batch.kind is BatchKind.POOL:
        return [certificates.seal_number(*key, code, bits=len(fold_number(code)) * _BITS_PER_SYMBOL)]
    return [
        certificates.seal_number(*key, make_number(merchant.prefix)),
        certificates.seal_number(*key, make_number(merchant.prefix), role=NumberRole.ACTIVATION),
    ]


async def void_batch(
    deps: CardDependencies, merchant: Merchant, batch_id: UUID, *, actor: str, reason: str | None, now: datetime
) -> CardBatch:
    """Give the word that a batch is lost: what nobody has bought of it ends, and no sale draws from it.

    Those that were sold stay.

    Raises:
        BatchUnknown: there is no such batch.
        BatchNotReady: it is being made still.
    """
    async with deps.transaction() as connection:
        batch = await cards.lock_batch(connection, merchant.merchant_id, batch_id)
        if batch is None:
            raise BatchUnknown
        if batch.state in {BatchState.VOIDING, BatchState.VOID}:
            return batch
        if batch.state is not BatchState.READY:
            raise BatchNotReady
        batch = replace(batch, state=BatchState.VOIDING, progress=0, offering_id=None)
        await cards.put_batch(connection, batch)
        await cards.assign_pool(connection, merchant.merchant_id, batch_id, None)
        await staff.record(
            connection,
            merchant.merchant_id,
            Audited.CARDS_VOIDED,
            subject=str(batch_id),
            actor=actor,
            reason=reason,
            now=now,
        )
    return batch


async def end(
    deps: CardDependencies,
    merchant: Merchant,
    batch_id: UUID,
    *,
    now: datetime,
    progress: Progress = unheard,
    at_once: int = BATCH,
) -> CardBatch:
    """Void the cards of a batch that is to end, from wherever it stopped, and return it as it then stands.

    Raises:
        BatchUnknown: there is no such batch.
    """
    batch = await find_batch(deps, merchant, batch_id)
    while batch.state is BatchState.VOIDING:
        batch = await _end_some(deps, batch, now=now, at_once=at_once)
        progress(batch)
    return batch


async def _end_some(deps: CardDependencies, seen: CardBatch, *, now: datetime, at_once: int) -> CardBatch:
    async with deps.transaction() as connection:
        batch = await _locked(connection, seen)
        if batch.state is not BatchState.VOIDING:
            return batch
        some = await cards.cards_from(connection, batch, after=batch.progress, limit=at_once)
        ids = [certificate_id for _, certificate_id in some]
        standing = await deps.ledger.lock(connection, batch.merchant_id, ids)
        commands = [
            Void(
                **said_of(
                    Place(merchant_id=batch.merchant_id, certificate_id=one),
                    Request(operation_id=derived_id("card-void", batch.batch_id, one), actor=batch.created_by),
                )
            )
            for one in ids
            if standing[one].status is Status.INACTIVE
        ]
        for outcome in await deps.ledger.post(connection, commands, now=now):
            if isinstance(outcome, LargesseError):
                raise outcome
        done = batch.progress + len(some)
        batch = replace(batch, progress=done, state=BatchState.VOID if done == batch.count else batch.state)
        await cards.put_batch(connection, batch)
    return batch


async def _locked(connection: Connection, seen: CardBatch) -> CardBatch:
    batch = await cards.lock_batch(connection, seen.merchant_id, seen.batch_id)
    if batch is None:
        raise BatchUnknown
    return batch


async def work_on_due(deps: CardDependencies, *, now: datetime) -> int:
    """Go on with all batches that are being made or voided; return how many there were. Safe on several workers."""
    async with deps.database.connection() as connection:
        waiting = await cards.batches_under_way(connection)
    for merchant_id, batch_id in waiting:
        async with deps.database.connection() as connection:
            merchant = await merchants.merchant_of_id(connection, merchant_id)
        await make(deps, merchant, batch_id, now=now)
        await end(deps, merchant, batch_id, now=now)
    return len(waiting)
