"""Answers of what moves no money, kept under the Idempotency-Key: the journal cannot tell them again."""

from typing import Final
from uuid import UUID

import msgspec

from largesse.interfaces.rest_api.routing import RestCaller, RestRoute
from largesse.services.programs import ProgramDependencies, answer_once

_ENCODER: Final = msgspec.json.Encoder()


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it is kept."""

    status: int
    body: msgspec.Raw
    replayed: bool = False


_DECODER: Final = msgspec.json.Decoder(KeptAnswer)


class KeptAnswers:
    """Answer a request once, and tell the same again."""

    def __init__(self, deps: ProgramDependencies) -> None:
        self._deps = deps

    async def answer(self, route: RestRoute, caller: RestCaller) -> KeptAnswer:
        """Return what came of a request: now, or when it was asked for first.

        Raises:
            RequestClaimed: it is being done just now.
            OperationConflict: the key was used for something else.
            LargesseError: it is refused; the next time it is decided anew.
        """

        async def work() -> tuple[str, UUID | None]:
            answer = await route.work(caller)
            kept = KeptAnswer(status=answer.status or route.status, body=msgspec.Raw(_ENCODER.encode(answer.value)))
            return _ENCODER.encode(kept).decode(), answer.resource_id

        asked = _ENCODER.encode((route.name, caller.request.actor, caller.ids, caller.body))
        told, replayed = await answer_once(
            self._deps, caller.merchant.merchant_id, caller.request.operation_id, asked, work, now=caller.now
        )
        return msgspec.structs.replace(_DECODER.decode(told), replayed=replayed)
