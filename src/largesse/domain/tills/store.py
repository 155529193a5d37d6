"""The tables of PINs and of sessions on devices."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.tills.model import Begun, Pin, TillSession
from largesse.kernel.sealing import Sealed

_queries = load(__package__)


async def pin_of(connection: Connection, merchant_id: UUID, membership_id: UUID) -> Pin:
    """Return the PIN of a membership; an empty one where none was set."""
    row = await connection.fetchrow(_queries.pin_of, merchant_id, membership_id)
    return Pin(**row) if row else Pin(merchant_id=merchant_id, membership_id=membership_id)


async def pins_of(connection: Connection, merchant_id: UUID) -> dict[UUID, Pin]:
    """Return, by membership, the PINs that people of a merchant set, without what they are compared by."""
    return {row["membership_id"]: Pin(**row) for row in await connection.fetch(_queries.pins_of, merchant_id)}


async def set_pin(
    connection: Connection, merchant_id: UUID, membership_id: UUID, pin_hash: str, *, digits: int, now: datetime
) -> None:
    """Write another PIN."""
    await connection.execute(_queries.set_pin, merchant_id, membership_id, pin_hash, digits, now)


async def set_pin_by_code(
    connection: Connection,
    merchant_id: UUID,
    membership_id: UUID,
    code_digest: bytes,
    pin_hash: str,
    *,
    digits: int,
    now: datetime,
) -> bool:
    """Write another PIN and spend the code for it; False where that does not count."""
    done = await connection.execute(
        _queries.set_pin_by_code, merchant_id, membership_id, code_digest, pin_hash, digits, now
    )
    return done == "UPDATE 1"


async def set_pin_code(
    connection: Connection, merchant_id: UUID, membership_id: UUID, code_digest: bytes, *, expires_at: datetime
) -> None:
    """Write a code with which a PIN is set."""
    await connection.execute(_queries.set_pin_code, merchant_id, membership_id, code_digest, expires_at)


async def remove_pin(connection: Connection, merchant_id: UUID, membership_id: UUID) -> None:
    """Remove the PIN of a membership."""
    await connection.execute(_queries.remove_pin, merchant_id, membership_id)


async def insert_session(
    connection: Connection, session: TillSession, token_digest: bytes, *, challenge_digest: bytes | None
) -> bool:
    """Write that somebody unlocked a device; False where the challenge was answered before."""
    written = await connection.fetchval(
        _queries.insert_session,
        session.merchant_id,
        session.session_id,
        session.device_id,
        session.membership_id,
        session.person_id,
        token_digest,
        challenge_digest,
        session.unlocked_at,
    )
    return written is not None


async def end_sessions_on(connection: Connection, session: TillSession, *, now: datetime, until: datetime) -> None:
    """End all other sessions on the device of a new one; what its person has under way there counts `until` then."""
    key = session.merchant_id, session.device_id, session.membership_id
    await connection.execute(_queries.end_sessions_on, *key, now, until, session.session_id)


async def end_sessions_of(connection: Connection, merchant_id: UUID, membership_id: UUID, now: datetime) -> None:
    """End what somebody has open, on whatever device."""
    await connection.execute(_queries.end_sessions_of, merchant_id, membership_id, now)


async def find_session(
    connection: Connection, merchant_id: UUID, device_id: UUID, token_digest: bytes, now: datetime
) -> TillSession | None:
    """Return the session of a token on a device, locked or not; None where it has ended."""
    row = await connection.fetchrow(_queries.find_session, merchant_id, device_id, token_digest, now)
    return TillSession(**row) if row else None


async def see_session(connection: Connection, session: TillSession, now: datetime) -> None:
    """Write when a session was last touched."""
    await connection.execute(_queries.see_session, session.merchant_id, session.session_id, now)


async def lock_session(
    connection: Connection, session: TillSession, now: datetime, *, begun: str, form: Sealed | None = None
) -> None:
    """Cover a session, and keep the page that was open, with what was typed on it."""
    key = session.merchant_id, session.session_id
    kept = (form.key_id, form.cipher) if form else (None, None)
    await connection.execute(_queries.lock_session, *key, now, begun, *kept)


async def take_begun(
    connection: Connection, merchant_id: UUID, device_id: UUID, membership_id: UUID, *, since: datetime
) -> Begun:
    """Return what somebody left open on a device since a moment, once."""
    key = merchant_id, device_id, membership_id
    row = await connection.fetchrow(_queries.begun_of, *key, since)
    if row is None:
        return Begun()
    await connection.execute(_queries.clear_begun, *key)
    form = None if row["begun_key_id"] is None else Sealed(row["begun_key_id"], row["begun_cipher"])
    return Begun(page=row["begun"], form=form)


async def put_form(connection: Connection, session: TillSession, form: Sealed) -> None:
    """Keep what somebody had typed before with the session in which they go on with it."""
    await connection.execute(_queries.put_form, session.merchant_id, session.session_id, form.key_id, form.cipher)


async def form_of(connection: Connection, session: TillSession) -> Sealed | None:
    """Return what was kept so."""
    row = await connection.fetchrow(_queries.form_of, session.merchant_id, session.session_id)
    return None if row is None or row["begun_key_id"] is None else Sealed(row["begun_key_id"], row["begun_cipher"])


async def forget_begun(connection: Connection, merchant_id: UUID, before: datetime) -> int:
    """Forget what was typed on devices that were unlocked before a moment; return of how many."""
    return len(await connection.fetch(_queries.forget_begun, merchant_id, before))


async def act_once(connection: Connection, session: TillSession, now: datetime) -> bool:
    """Use a session for one act; False where it was used for one, or was locked."""
    return await connection.execute(_queries.act_once, session.merchant_id, session.session_id, now) == "UPDATE 1"


async def give_act_back(connection: Connection, session: TillSession) -> None:
    """Let a session be used for another act: the one before was refused."""
    await connection.execute(_queries.give_act_back, session.merchant_id, session.session_id)


async def forget_till_sessions(connection: Connection, merchant_id: UUID, before: datetime) -> int:
    """Delete the sessions of a merchant that nobody has used since a moment, and return how many."""
    return len(await connection.fetch(_queries.forget_sessions, merchant_id, before))
