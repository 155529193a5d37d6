"""Make, rotate and revoke the keys of programs. Who may is a question of services."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain.programs import store
from largesse.domain.programs.errors import (
    ProgramKeyEnded,
    ProgramKeyInvalid,
    ProgramKeyKnown,
    ProgramKeysMany,
    ProgramKeyUnknown,
)
from largesse.domain.programs.model import HINT_LENGTH, NAME_MAX, KeyScope, ProgramKey, digest_of_key, new_key_text
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id

KEYS_MAX: Final = 50
ROTATION_LONGEST: Final = timedelta(days=7)
_CODE: Final = ProgramKeyInvalid.code


class KeyWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is asked for; `scopes` as they were typed. Under one `key_id` it is made once."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None = None
    key_id: UUID | None = None


async def make_key(
    connection: Connection, merchant_id: UUID, wanted: KeyWanted, *, live: bool, made_by: str, now: datetime
) -> tuple[ProgramKey, str]:
    """Make a key and return it with its text, which is kept nowhere.

    Raises:
        ProgramKeyInvalid: its name, its scopes or its end cannot stand; all that is wrong is named.
        ProgramKeyKnown: it was made before.
        ProgramKeysMany: there are too many.
    """
    faults = list(_faults(wanted, now))
    if faults:
        raise ProgramKeyInvalid(fields=faults)
    standing = await store.lock_keys(connection, merchant_id)
    if any(one.key_id == wanted.key_id for one in standing):
        raise ProgramKeyKnown
    if sum(one.works(now) for one in standing) >= KEYS_MAX:
        raise ProgramKeysMany
    text, key_id = new_key_text(live=live), wanted.key_id or new_id(now)
    key = ProgramKey(
        merchant_id=merchant_id,
        key_id=key_id,
        program_id=key_id,
        hint=text[-HINT_LENGTH:],
        name=wanted.name.strip(),
        live=live,
        scopes=tuple(one for one in KeyScope if one.value in wanted.scopes),
        made_by=made_by,
        made_at=now,
        expires_at=wanted.expires_at,
    )
    await store.insert_key(connection, key, digest_of_key(text))
    return key, text


async def rotate_key(
    connection: Connection,
    merchant_id: UUID,
    named: str,
    *,
    overlap: timedelta,
    key_id: UUID | None = None,
    made_by: str,
    now: datetime,
) -> tuple[ProgramKey, str]:
    """Make a key that stands in for another one, which goes on working for as long as `overlap`.

    Raises:
        ProgramKeyInvalid: the two would work side by side for longer than a week.
        ProgramKeyUnknown: there is none of that id or ending.
        ProgramKeyEnded: it works no more, or was rotated before.
        ProgramKeyKnown: the one of that `key_id` was made before.
    """
    if not timedelta() <= overlap <= ROTATION_LONGEST:
        raise ProgramKeyInvalid(
            fields=[FieldError("overlap", _CODE, "Let the two work side by side for up to 7 days.")]
        )
    standing = await store.lock_keys(connection, merchant_id)
    if any(one.key_id == key_id for one in standing):
        raise ProgramKeyKnown
    before = _named(standing, named)
    if not before.works(now) or before.replaced_at is not None:
        raise ProgramKeyEnded
    text = new_key_text(live=before.live)
    after = replace(
        before,
        key_id=key_id or new_id(now),
        hint=text[-HINT_LENGTH:],
        made_by=made_by,
        made_at=now,
        last_used_at=None,
    )
    ends = min(now + overlap, before.expires_at or now + overlap)
    await store.insert_key(connection, after, digest_of_key(text))
    await store.update_key(connection, replace(before, replaced_at=now, expires_at=ends))
    return after, text


async def revoke_key(connection: Connection, merchant_id: UUID, named: str, *, now: datetime) -> ProgramKey:
    """End a key at once, and return it as it is now; one that was revoked stays as it is.

    Raises:
        ProgramKeyUnknown: there is none of that id or ending.
    """
    key = _named(await store.lock_keys(connection, merchant_id), named)
    if key.revoked_at is not None:
        return key
    revoked = replace(key, revoked_at=now)
    await store.update_key(connection, revoked)
    return revoked


def _named(keys: Sequence[ProgramKey], named: str) -> ProgramKey:
    """Return the key of an id, or the one that ends in these four characters."""
    found = [one for one in keys if named in {str(one.key_id), one.hint}]
    standing = [one for one in found if one.revoked_at is None] or found
    if len(standing) != 1:
        raise ProgramKeyUnknown
    return standing[0]


def _faults(wanted: KeyWanted, now: datetime) -> Sequence[FieldError]:
    faults = list[FieldError]()
    name = wanted.name.strip()
    if not 0 < len(name) <= NAME_MAX or free_text.holds_unseen(name):
        faults.append(FieldError("name", "program_key.name", "Give the key a name of 1 to 60 characters."))
    unknown = sorted(set(wanted.scopes) - {one.value for one in KeyScope})
    if not wanted.scopes:
        faults.append(FieldError("scopes", "program_key.scopes", "Choose at least one scope."))
    elif unknown:
        known = ", ".join(one.value for one in KeyScope)
        faults.append(FieldError("scopes", "program_key.scopes", f"These are the scopes there are: {known}."))
    if wanted.expires_at is not None and wanted.expires_at <= now:
        faults.append(FieldError("expires_at", "program_key.expires_at", "Let the key end later than now."))
    return faults
