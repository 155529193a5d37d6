"""Let programs in by their keys.

A key that is revoked opens nothing from that moment on, so each request is let in by what the database says after the
request came. Requests with one key that come at the same time share one question: the next that is asked after that.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import merchants, programs
from largesse.domain.merchants import Merchant
from largesse.domain.programs import (
    KeyScope,
    ProgramDenied,
    ProgramKey,
    ScopeMissing,
    digest_of_key,
    looks_like_key,
)
from largesse.services.capabilities import UsesDatabase

USE_NOTED_EVERY: Final = timedelta(minutes=1)
MERCHANT_REMEMBERED_FOR: Final = timedelta(seconds=5)
_FORGOTTEN_OVER: Final = 10_000


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Who came in: the key, and whose it is."""

    key: ProgramKey
    merchant: Merchant

    def demand(self, scope: KeyScope) -> None:
        """Let the program do what a scope is for.

        Raises:
            ScopeMissing: its key is not good for that.
        """
        if scope not in self.key.scopes:
            raise ScopeMissing(scope.value)


class _Question(msgspec.Struct):
    """A question about one key that others may share: until it is asked, its answer is as fresh as theirs would be."""

    task: asyncio.Task[Program | None]
    begun: bool = False


class Gate:
    """Look keys up, at most one at a time for each."""

    def __init__(self, deps: UsesDatabase) -> None:
        self._deps = deps
        self._looking: dict[bytes, asyncio.Lock] = {}
        self._next: dict[bytes, _Question] = {}
        self._noted: dict[bytes, datetime] = {}
        self._merchants: dict[bytes, tuple[datetime, Merchant]] = {}

    async def admit(self, text: str, *, now: datetime) -> Program:
        """Return whose key a text is.

        Raises:
            ProgramDenied: it is none, or works no more.
        """
        if not looks_like_key(text):
            raise ProgramDenied
        digest = digest_of_key(text)
        asked = self._next.get(digest)
        if asked is None or asked.begun:
            asked = _Question(task=asyncio.create_task(self._in_turn(digest, now)))
            self._next[digest] = asked
        program = await asyncio.shield(asked.task)
        if program is None:
            raise ProgramDenied
        return program

    async def _in_turn(self, digest: bytes, now: datetime) -> Program | None:
        lock = self._looking.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                self._next[digest].begun = True
                return await self._look_up(digest, now)
        finally:
            if not lock.locked() and self._next[digest].begun:
                del self._next[digest]
                self._looking.pop(digest, None)

    async def _look_up(self, digest: bytes, now: datetime) -> Program | None:
        async with self._deps.database.connection() as connection:
            merchant = await self._merchant_of(connection, digest, now)
            if merchant is None:
                return None
            key = await programs.admit(connection, merchant.merchant_id, digest, now=now)
            if key is None:
                return None
            noted = self._noted.get(digest)
            if noted is None or now - noted >= USE_NOTED_EVERY:
                if len(self._noted) >= _FORGOTTEN_OVER:
                    self._noted.clear()
                self._noted[digest] = now
                await programs.note_use(connection, key, now=now)
        return Program(key=key, merchant=merchant)

    async def _merchant_of(self, connection: Connection, digest: bytes, now: datetime) -> Merchant | None:
        """Return whose key has a digest, remembered for a few seconds: whose it is never changes, its key may."""
        until, known = self._merchants.get(digest, (now, None))
        if known is not None and now < until:
            return known
        merchant_id = await programs.route_of(connection, digest)
        if merchant_id is None:
            return None
        if len(self._merchants) >= _FORGOTTEN_OVER:
            self._merchants.clear()
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        self._merchants[digest] = (now + MERCHANT_REMEMBERED_FOR, merchant)
        return merchant
