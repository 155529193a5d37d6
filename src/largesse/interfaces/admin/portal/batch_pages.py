"""`/partner/{partner}/batches/{batch}`: what was ordered in one act, how far it is, its approval and result."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain import orders, portal, staff
from largesse.domain.portal import (
    BatchDelivery,
    PartnerAct,
    PartnerRole,
    PortalBatch,
    PortalBatchState,
    PortalBatchUnknown,
)
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.lists import csv_answer
from largesse.interfaces.admin.portal.front import HERE, PortalCaller, PortalFront, acting
from largesse.interfaces.admin.portal.order_pages import acts_of
from largesse.interfaces.admin.portal.wording import batch_states, refusal_sentence, refusal_words_of
from largesse.interfaces.admin.rules import for_partner
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.money import Money, plain
from largesse.kernel.numbers import random_symbols
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.portal import (
    AT_ONCE,
    decide_batch,
    find_batch,
    go_on_with_batch,
    number_rows,
    numbers_of,
    place_all,
    withdraw_batch,
)
from largesse.ui import Voice
from largesse.web.choices import chosen
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import attachment, see_other
from largesse.wire.encrypted_tables import csv_of, encrypted

ONE: Final = f"{HERE}/batches/{{batch_id:str}}"
BACK: Final = "/partner/{partner_id}/batches/{batch_id}"
_AGAIN_S: Final = "2"
_AT_ONCE: Final = 2_000
_SHOWN: Final = 20
_PASSWORD_SYMBOLS: Final = 24


class NumbersPassword(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The password that a page shows for the file that is downloaded next."""

    password: str


_PASSWORDS: Final = TokenKind("portal-numbers", NumbersPassword, length_max=400)
Act = Callable[[Caller, PortalCaller, PortalBatch], Awaitable[Any]]


class BatchPages:
    """Answer about batches."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def list(self, caller: Caller) -> Answer:
        """Return what was ordered lately; `?state=waiting` is what waits for approval."""
        here, voice = acting(caller), self._front.voice(caller)
        wanted = caller.request.query_params.get("state", "")
        state = PortalBatchState(wanted) if wanted in set(PortalBatchState) else None
        key = here.merchant.merchant_id, here.partner.partner_id
        async with self._deps.database.connection() as connection:
            found = await portal.latest_batches(connection, *key, state=state, limit=200)
            people = await staff.persons_of_ids(connection, [one.person_id for one in found])
        names = {person_id: one.name for person_id, one in people.items()}
        values = {
            "home": here.home,
            "rows": [self._row(one, here, names.get(one.person_id, ""), voice) for one in found],
            "state": state.value if state else "",
            "orders": here.may(PartnerAct.ORDER),
        }
        return await self._front.page(caller, "portal/batches.html", values, here=f"{here.home}/batches")

    def _row(self, one: PortalBatch, here: PortalCaller, name: str, voice: Voice) -> dict[str, object]:
        states, now = batch_states(voice), self._deps.clock.now()
        words, kind = states[one.state.value]
        return {
            "made": {
                "text": voice.moment(one.made_at, zone=here.merchant.zone, now=now),
                "href": f"{here.home}/batches/{one.batch_id}",
            },
            "who": name,
            "refcode": one.refcode,
            "lines": str(one.lines),
            "state": {"badge": words, "kind": kind},
            "total": voice.money(Money(one.total, currency(one.currency))),
        }

    async def show(self, caller: Caller) -> Answer:
        """Return a batch."""
        here = acting(caller)
        return await self._page(caller, here, await self._found(caller, here))

    async def decide(self, caller: Caller) -> Answer:
        """Approve, or refuse."""

        async def work(caller: Caller, here: PortalCaller, batch: PortalBatch) -> None:
            assert caller.session is not None
            decided = await decide_batch(
                self._deps,
                acts_of(here),
                caller.session,
                batch.batch_id,
                approve=chosen(caller.fields, "to", ("refuse", "approve")) == "approve",
                reason=caller.fields.get("reason", "")[:500],
                now=self._deps.clock.now(),
            )
            await self._place_few(decided)

        return await self._done(caller, work)

    async def withdraw(self, caller: Caller) -> Answer:
        """Take back what waits, or what is left."""

        async def work(caller: Caller, here: PortalCaller, batch: PortalBatch) -> None:
            assert caller.session is not None
            await withdraw_batch(self._deps, acts_of(here), caller.session, batch.batch_id, now=self._deps.clock.now())

        return await self._done(caller, work)

    async def go_on(self, caller: Caller) -> Answer:
        """Let what was stopped go on."""

        async def work(_caller: Caller, here: PortalCaller, batch: PortalBatch) -> None:
            actor, now = here.member.actor, self._deps.clock.now()
            again = await go_on_with_batch(self._deps, here.partner, batch.batch_id, actor=actor, now=now)
            await self._place_few(again)

        return await self._done(caller, work)

    async def _place_few(self, batch: PortalBatch) -> None:
        if batch.state is PortalBatchState.PLACING and batch.lines - batch.done <= AT_ONCE:
            await place_all(self._deps, batch.merchant_id, batch.batch_id, now=self._deps.clock.now())

    async def result(self, caller: Caller) -> Answer:
        """Return what became of each line, as a file; numbers are not in it."""
        here = acting(caller)
        batch = await self._found(caller, here)

        async def write(sink: Callable[[bytes], Any]) -> None:
            await sink(csv_of([("line", "identifier", "order_number", "amount", "currency", "good_through", "email")]))
            after = 0
            while True:
                async with self._deps.database.connection() as connection:
                    lines = await portal.batch_lines(connection, batch, after=after, limit=_AT_ONCE)
                    ids = [one.order_id for one in lines if one.order_id is not None]
                    placed = await orders.find_by_ids(connection, batch.merchant_id, ids)
                if not lines:
                    return
                after = lines[-1].place
                await sink(
                    csv_of(
                        (
                            str(one.line),
                            one.identifier or "",
                            placed[one.order_id].order_number if one.order_id in placed else "",
                            plain(one.amount, currency(batch.currency)),
                            batch.currency,
                            one.good_through.isoformat(),
                            one.recipient_email,
                        )
                        for one in lines
                    )
                )

        day = day_of(self._deps.clock.now(), in_zone=here.merchant.zone)
        return await csv_answer(write, name=f"orders-{batch.refcode}", day=day)

    async def ask_numbers(self, caller: Caller) -> Answer:
        """Show the password of the file, before it is downloaded."""
        here, voice = acting(caller), self._front.voice(caller)
        batch = await self._found(caller, here)
        ready = _has_numbers(batch, here) and batch.numbers_at is None
        symbols = random_symbols(_PASSWORD_SYMBOLS)
        password = "-".join(symbols[place : place + 6] for place in range(0, len(symbols), 6))
        content = NumbersPassword(password=password)
        values = {
            "trail": self._trail(here, batch, voice, voice.t("Numbers")),
            "here": f"{here.home}/batches/{batch.batch_id}",
            "ready": ready,
            "password": password if ready else "",
            "token_of_password": _PASSWORDS.sign(self._deps.keyring, content, bound_to=_bound(caller, batch))
            if ready
            else "",
            "count": batch.done,
            "problem": "",
        }
        return await self._front.page(caller, "portal/numbers.html", values, here=f"{here.home}/batches")

    async def numbers(self, caller: Caller) -> Answer:
        """Return the numbers as an encrypted file, once."""
        here, voice = acting(caller), self._front.voice(caller)
        batch, now = await self._found(caller, here), self._deps.clock.now()
        try:
            text = caller.fields.get("password_token", "")[:400]
            kept = _PASSWORDS.read(self._deps.keyring, text, bound_to=_bound(caller, batch))
            found = await numbers_of(self._deps, acts_of(here), batch.batch_id, now=now)
        except (LargesseError, TokenRefused) as refused:
            problem = refusal_sentence(refused, voice)
            return await self._page(caller, here, batch, problem=problem, status=409)
        rows = number_rows(found, batch.currency)
        content = await encrypted(rows, name="numbers.csv", password=kept.password)
        headers = {
            "Content-Disposition": attachment(f"numbers-{day_of(now, in_zone=here.merchant.zone)}.zip"),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type="application/zip", headers=headers)

    async def _found(self, caller: Caller, here: PortalCaller) -> PortalBatch:
        try:
            async with self._deps.database.connection() as connection:
                wanted = an_id(str(caller.request.path_params["batch_id"]))
                return await find_batch(connection, acts_of(here), wanted)
        except PortalBatchUnknown:
            raise PageUnknown from None

    async def _done(self, caller: Caller, work: Act) -> Answer:
        here = acting(caller)
        batch = await self._found(caller, here)
        try:
            await work(caller, here, batch)
        except LargesseError as refused:
            again = await self._found(caller, here)
            problem = refusal_sentence(refused, self._front.voice(caller))
            status = 422 if isinstance(refused, InvalidInput) else 409
            return await self._page(caller, here, again, problem=problem, status=status)
        return see_other(f"{here.home}/batches/{batch.batch_id}")

    async def _page(
        self, caller: Caller, here: PortalCaller, batch: PortalBatch, *, problem: str = "", status: int = 200
    ) -> Answer:
        voice, now, zone = self._front.voice(caller), self._deps.clock.now(), here.merchant.zone
        async with self._deps.database.connection() as connection:
            lines = await portal.batch_lines(connection, batch, after=0, limit=_SHOWN)
            ids = [one.order_id for one in lines if one.order_id is not None]
            placed = await orders.find_by_ids(connection, batch.merchant_id, ids)
            asked = [one for one in (batch.person_id, batch.decided_by, batch.numbers_by) if one is not None]
            people = await staff.persons_of_ids(connection, asked)
        money, names = currency(batch.currency), {one.person_id: one.name for one in people.values()}
        words, kind = batch_states(voice)[batch.state.value]
        mine = caller.person is not None and caller.person.person_id == batch.person_id
        approver = here.member.role is PartnerRole.APPROVER
        facts = [
            (voice.t("Ordered"), voice.moment(batch.made_at, zone=zone, now=now)),
            (voice.t("By"), names.get(batch.person_id, "")),
            (voice.t("Refcode"), batch.refcode),
            (voice.t("Certificates"), str(batch.lines)),
            (voice.t("Total"), voice.money(Money(batch.total, money))),
            (voice.t("File"), batch.file_name),
            (voice.t("Decided by"), names.get(batch.decided_by, "") if batch.decided_by else ""),
            (voice.t("Why"), batch.reason or ""),
        ]
        values = {
            "trail": self._trail(here, batch, voice, ""),
            "home": here.home,
            "here": f"{here.home}/batches/{batch.batch_id}",
            "title": voice.t("Order of {moment}", moment=voice.moment(batch.made_at, zone=zone, now=now)),
            "state": {"badge": words, "kind": kind, "name": batch.state.value},
            "facts_shown": [(name, value) for name, value in facts if value],
            "progress": batch if batch.state in {PortalBatchState.PLACING, PortalBatchState.STOPPED} else None,
            "progress_said": voice.t("{done} of {count} certificates are issued", done=batch.done, count=batch.lines),
            "trouble": refusal_sentence_of(batch.trouble, voice) if batch.trouble else "",
            "may_decide": batch.state is PortalBatchState.WAITING and approver and not mine,
            "own": batch.state is PortalBatchState.WAITING and approver and mine,
            "may_withdraw": batch.state in {PortalBatchState.WAITING, PortalBatchState.STOPPED} and (mine or approver),
            "may_go_on": batch.state is PortalBatchState.STOPPED and here.may(PartnerAct.ORDER),
            "has_numbers": _has_numbers(batch, here),
            "numbers_taken": (
                voice.t(
                    "The numbers were downloaded {moment} by {name}.",
                    moment=voice.moment(batch.numbers_at, zone=zone, now=now),
                    name=names.get(batch.numbers_by, "") if batch.numbers_by else "",
                )
                if batch.numbers_at
                else ""
            ),
            "lines": [_line(one, placed, here, money, voice) for one in lines],
            "others_left_out": batch.lines > _SHOWN,
            "problem": problem,
        }
        headers = {"Refresh": _AGAIN_S} if batch.state is PortalBatchState.PLACING and not problem else None
        return await self._front.page(
            caller, "portal/batch.html", values, status=status, here=f"{here.home}/batches", headers=headers
        )

    def _trail(self, here: PortalCaller, batch: PortalBatch, voice: Voice, last: str) -> Sequence[tuple[str, str]]:
        moment = voice.moment(batch.made_at, zone=here.merchant.zone, now=self._deps.clock.now())
        one = f"{here.home}/batches/{batch.batch_id}"
        trail = [(voice.t("Overview"), here.home), (voice.t("What was ordered"), f"{here.home}/batches")]
        return [*trail, (moment, one if last else ""), *([(last, "")] if last else [])]


def refusal_sentence_of(code: str, voice: Voice) -> str:
    """Return why a batch stopped, by the code that is kept of it: of whatever error, for placing keeps any."""
    waiting, found = [LargesseError], LargesseError
    while waiting and found.code != code:
        found = waiting.pop()
        waiting += found.__subclasses__()
    return refusal_words_of(code, found.message if found.code == code else LargesseError.message, voice)


def _has_numbers(batch: PortalBatch, here: PortalCaller) -> bool:
    over = batch.state in {PortalBatchState.DONE, PortalBatchState.WITHDRAWN} and batch.done > 0
    return (
        batch.delivery is BatchDelivery.FILE
        and over
        and here.agreement.numbers_as_file
        and here.may(PartnerAct.NUMBERS)
    )


def _bound(caller: Caller, batch: PortalBatch) -> bytes:
    return f"{caller.form_owner} {batch.batch_id}".encode()


def _line(
    one: portal.BatchLine, placed: Mapping[Any, orders.Order], here: PortalCaller, money: Any, voice: Voice
) -> dict[str, object]:
    order = placed.get(one.order_id)
    number = order.order_number if order else ""
    return {
        "line": str(one.line),
        "number": {"text": number, "href": f"{here.home}/orders/{number}"} if number else "",
        "whom": one.recipient_name or one.recipient_email,
        "identifier": one.identifier or "",
        "amount": voice.money(Money(one.amount, money)),
    }


def batch_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of batches."""
    pages, read = BatchPages(front), for_partner(PartnerAct.ORDERS_READ)
    order = for_partner(PartnerAct.ORDER, back=BACK)
    return [
        front.route("GET", f"{HERE}/batches", read, pages.list),
        front.route("GET", ONE, read, pages.show),
        front.route("GET", f"{ONE}/result", read, pages.result),
        front.route("POST", f"{ONE}/decide", for_partner(PartnerAct.APPROVE, back=BACK), pages.decide),
        front.route("POST", f"{ONE}/withdraw", order, pages.withdraw),
        front.route("POST", f"{ONE}/go-on", order, pages.go_on),
        front.route("GET", f"{ONE}/numbers", for_partner(PartnerAct.NUMBERS), pages.ask_numbers),
        front.route("POST", f"{ONE}/numbers", for_partner(PartnerAct.NUMBERS, back=f"{BACK}/numbers"), pages.numbers),
    ]
