"""Serve programs: let them in, hold them to their rates, read what they ask for, and answer or refuse."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec
import structlog

from largesse.domain import programs
from largesse.domain.programs import ProgramCall
from largesse.interfaces.rest_api.buckets import Buckets, RateHeaders
from largesse.interfaces.rest_api.dependencies import RestDependencies
from largesse.interfaces.rest_api.exchange import Exchange
from largesse.interfaces.rest_api.keeping import KeptAnswer, KeptAnswers
from largesse.interfaces.rest_api.masking import FAULTS_MAX, masked_body, masked_path, masked_pointer
from largesse.interfaces.rest_api.problems import MEDIA_TYPE, RestProblem, headers_of, problem_of
from largesse.interfaces.rest_api.reading import read_body, read_parameters
from largesse.interfaces.rest_api.routing import PREFIX, DryRun, RestAnswer, RestCaller, RestFile, RestRoute, RestRouter
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.ids import new_id
from largesse.ledger import OperationConflict
from largesse.services.certificates import Request, operation_id
from largesse.services.programs import SANDBOX_GOOD_FOR, CallLog, Gate, Program, open_anonymous
from largesse.services.rehearsals import Rehearsal
from largesse.web.errors import HttpsRequired, MethodRefused
from largesse.web.rate_limits import RateLimit
from largesse.web.shared_limits import SharedLimit

JSON: Final = "application/json"
WRONG_KEYS: Final = "60/minute"
SANDBOXES: Final = f"{PREFIX}/sandboxes"
SANDBOXES_A_DAY: Final = 10
_log = structlog.get_logger()
_ENCODER: Final = msgspec.json.Encoder()


class SandboxGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox for whoever asked: its key, and when it ends unless it is used."""

    key: str
    scopes: list[str]
    currency: str
    ends_at: datetime


class RestReply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, ready to be sent."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    problem: RestProblem | None = None


class RestInterface:
    """Answer for every route of the table."""

    def __init__(
        self, deps: RestDependencies, router: RestRouter, *, gives_sandboxes: bool, rates: tuple[int, int]
    ) -> None:
        self._deps = deps
        self._rehearsal = Rehearsal(deps)
        self._router = router
        self._gate = Gate(deps)
        self._kept = KeptAnswers(deps)
        self._calls = CallLog(deps)
        self._wrong_keys = RateLimit(WRONG_KEYS)
        self._turns: WeakValueDictionary[tuple[UUID, UUID], asyncio.Lock] = WeakValueDictionary()
        reads, writes = rates
        process_id = new_id(deps.clock.now())
        self._buckets = Buckets(deps, process_id=process_id, reads_per_s=reads, writes_per_s=writes)
        self._sandboxes = (
            SharedLimit(deps, "sandboxes", most=SANDBOXES_A_DAY, within=timedelta(days=1)) if gives_sandboxes else None
        )

    def keep(self, exchange: Exchange, reply: RestReply) -> None:
        """Keep what was asked and answered, once it is sent; who has no key that works leaves no trace."""
        program = exchange.program
        if program is not None:
            took_s = time.perf_counter() - exchange.began_at
            self._calls.note(partial(_call, exchange, program, reply, took_s, self._deps.clock.now()))

    async def serve(self, exchange: Exchange) -> RestReply:
        """Return the answer, or the refusal; never raises for anything that a caller can send."""
        headers = {"Request-Id": exchange.request_id, "Cache-Control": "no-store"}
        try:
            return await self._served(exchange, headers)
        except LargesseError as error:
            return self._refusal(exchange, error, headers)
        except Exception as fault:  # noqa: BLE001 - a fault of ours is answered in this interface's own words, too
            _log.error("rest_api.failed", exc_info=fault)
            return self._refusal(exchange, LargesseError(), headers)

    async def _served(self, exchange: Exchange, headers: dict[str, str]) -> RestReply:
        self._refuse_plain_http(exchange)
        if self._sandboxes is not None and exchange.path == SANDBOXES:
            return await self._give_sandbox(exchange, self._sandboxes, headers)
        route, ids = self._router.find(exchange.method, exchange.path)
        exchange.scope["path_template"] = route.template
        if route.ends is not None:
            headers.update(route.ends.headers())
        now = self._deps.clock.now()
        program = exchange.program = await self._let_in(exchange, now)
        rate = self._buckets.take(program.key, writes=route.writes, now=now)
        _tell_rate(headers, rate)
        program.demand(route.scope)
        caller = await self._read(exchange, route, program, ids, now)
        try:
            if route.keeps and not caller.dry_run and exchange.idempotency_key() is not None:
                return _told(exchange, await self._kept.answer(route, caller), headers)
            async with self._turn(program, caller.request.operation_id, alone=route.writes):
                answer = await route.work(caller)
        except OperationConflict as conflict:
            resource = await self._resource_of(program, caller.request.operation_id)
            return self._refusal(exchange, conflict, headers, resource_id=resource)
        return _reply(exchange, route, answer, headers)

    @asynccontextmanager
    async def _turn(self, program: Program, operation: UUID, *, alone: bool) -> AsyncIterator[None]:
        """Let one request of an operation work at a time in this process: the others find what it did.

        The ledger does the same for all processes. Here it keeps fifty repetitions from holding fifty sessions.
        """
        if not alone:
            yield
            return
        name = (program.merchant.merchant_id, operation)
        lock = self._turns.get(name)
        if lock is None:
            lock = self._turns[name] = asyncio.Lock()
        async with lock:
            yield

    async def _give_sandbox(self, exchange: Exchange, limit: SharedLimit, headers: Mapping[str, str]) -> RestReply:
        """Answer whoever asks with a sandbox and its key, so many times a day for each network.

        Raises:
            MethodRefused: it is not asked for by POST.
            SandboxesFull: there are too many.
            TooManyRequests: the network has had its share of today.
        """
        if exchange.method != "POST":
            raise MethodRefused("POST")
        now = self._deps.clock.now()
        await limit.take(exchange.client.network)
        sandbox, made = await open_anonymous(self._deps, now=now)
        given = SandboxGiven(
            key=made.text,
            scopes=[one.value for one in made.key.scopes],
            currency=sandbox.currency,
            ends_at=now + SANDBOX_GOOD_FOR,
        )
        return RestReply(status=201, body=_ENCODER.encode(given), headers={**headers, "Content-Type": JSON})

    async def _let_in(self, exchange: Exchange, now: datetime) -> Program:
        try:
            return await self._gate.admit(exchange.bearer(), now=now)
        except Unavailable:
            raise
        except LargesseError:
            self._wrong_keys.admit(exchange.client)
            raise

    async def _read(
        self, exchange: Exchange, route: RestRoute, program: Program, ids: Mapping[str, UUID], now: datetime
    ) -> RestCaller:
        parameters = read_parameters(exchange.parameters(), route.parameters)
        dry_run = isinstance(parameters, DryRun) and parameters.dry_run
        body = None
        if route.takes is not None:
            body = read_body(await exchange.body(route.body_max), route.takes)
        key = exchange.idempotency_key() if route.writes else None
        expected = exchange.expected_sequence() if route.conditional else msgspec.UNSET
        merchant_id = program.merchant.merchant_id
        request = Request(
            operation_id=operation_id(merchant_id, given=None, idempotency_key=key, now=now),
            actor=program.key.actor,
            memo=getattr(body, "memo", None),
            expected_seq=expected,
        )
        return RestCaller(
            deps=self._rehearsal if dry_run else self._deps,
            program=program,
            request=request,
            body=body,
            parameters=parameters,
            ids=ids,
            dry_run=dry_run,
            reach=self._deps.reach,
            papers=self._deps,
            now=now,
        )

    async def _resource_of(self, program: Program, operation: UUID) -> UUID | None:
        """Return what an operation was about that happened before."""
        merchant_id = program.merchant.merchant_id
        async with self._deps.database.connection() as connection:
            row = await self._deps.ledger.first_row(connection, merchant_id, operation)
            if row is None:
                return await programs.resource_of_request(connection, merchant_id, operation)
        return row.subject_id

    def _refuse_plain_http(self, exchange: Exchange) -> None:
        """Refuse what a proxy of ours took over plain http, where the public is told https.

        Raises:
            HttpsRequired: it did.
        """
        client = exchange.client
        if client.scheme_told and client.scheme == "http" and self._deps.base_url.startswith("https:"):
            raise HttpsRequired

    def _refusal(
        self,
        exchange: Exchange,
        error: LargesseError,
        headers: Mapping[str, str],
        *,
        resource_id: UUID | None = None,
    ) -> RestReply:
        problem = problem_of(
            error, base_url=self._deps.base_url, request_id=exchange.request_id, resource_id=resource_id
        )
        if problem.status == 500:
            _log.error("rest_api.failed", error_code=error.code, exc_info=error)
        told = {**headers, **headers_of(error), "Content-Type": MEDIA_TYPE}
        return RestReply(status=problem.status, body=_ENCODER.encode(problem), headers=told, problem=problem)


def _call(exchange: Exchange, program: Program, reply: RestReply, took_s: float, now: datetime) -> ProgramCall:
    """Return a request as it is kept: of somebody's sandbox, with whose it is."""
    key, problem = program.key, reply.problem
    faults = () if problem is None else problem.errors
    return ProgramCall(
        merchant_id=program.merchant.parent_id or program.merchant.merchant_id,
        call_id=new_id(now),
        called_at=now,
        request_id=exchange.request_id,
        program_id=key.program_id,
        program=key.name,
        live=key.live,
        method=exchange.method[:10],
        path=masked_path(exchange.path, exchange.scope["query_string"]),
        status=reply.status,
        code=None if problem is None else problem.code,
        duration_ms=round(took_s * 1000),
        body_bytes=len(exchange.taken),
        body=masked_body(exchange.taken),
        faults=tuple(masked_pointer(one.pointer or f"/{one.parameter}", one.code) for one in faults[:FAULTS_MAX]),
    )


def _tell_rate(headers: dict[str, str], rate: RateHeaders) -> None:
    headers["RateLimit-Policy"] = rate.policy
    headers["RateLimit"] = rate.left


def _told(exchange: Exchange, kept: KeptAnswer, headers: dict[str, str]) -> RestReply:
    """Return how an answer is sent that is kept, or was."""
    answer = RestAnswer(value=kept.body, replayed=kept.replayed, status=kept.status)
    return _reply(exchange, None, answer, headers)


def _reply(exchange: Exchange, route: RestRoute | None, answer: RestAnswer, headers: dict[str, str]) -> RestReply:
    told = {**headers, **answer.headers, "Content-Type": JSON}
    if answer.replayed:
        told["Idempotent-Replayed"] = "true"
    if answer.sequence is not None:
        told["ETag"] = f'"{answer.sequence}"'
        if exchange.method == "GET" and exchange.knows(answer.sequence):
            return RestReply(status=304, body=b"", headers=told)
    if isinstance(answer.value, RestFile):
        told["Content-Type"] = answer.value.media_type
        return RestReply(status=200, body=answer.value.content, headers=told)
    status: Any = answer.status or (route.status if route else 200)
    return RestReply(status=status, body=_ENCODER.encode(answer.value), headers=told)
