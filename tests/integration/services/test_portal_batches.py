"""What is ordered in the portal while days pass: nothing is tried for ever, nothing that cannot be is approved."""

import io
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
import pyzipper

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import partners, portal
from largesse.domain.partners import AgreementChange
from largesse.domain.portal import BatchDelivery, BatchLapsed, PartnerRole, PortalBatch, PortalBatchState
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services import portal as services
from largesse.services.portal import ActsFor, PortalOrderAsked, place_due
from largesse.wire.encrypted_tables import encrypted
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.builders.partners import Ordering, an_ordering_partner
from tests.builders.portal import Colleague, a_colleague, a_session_for
from tests.fakes.clock import StillClock
from tests.support.mail_server import Letterbox, bodies_of, mail_server

LATER = NOW + timedelta(days=10)


class Desk(NamedTuple):
    """A partner with somebody who orders and somebody who approves."""

    application: Application
    ordering: Ordering
    orderer: Colleague
    approver: Colleague

    async def acts(self, who: Colleague) -> ActsFor:
        """Who acts, as a page knows it."""
        partner = self.ordering.partner
        async with self.application.database.connection() as connection:
            agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
        return ActsFor(member=who.member, partner=partner, agreement=agreement, merchant=self.ordering.merchant)

    async def ordered(self, table: TextTable, *, delivery: BatchDelivery = BatchDelivery.EMAIL) -> PortalBatch:
        """What somebody orders."""
        asked = PortalOrderAsked(refcode="SPRING", currency=currency("USD"), delivery=delivery)
        acts = await self.acts(self.orderer)
        return await services.order_batch(self.application, acts, table, asked, batch_id=new_id(NOW), now=NOW)

    async def again(self, batch: PortalBatch) -> PortalBatch:
        """How it stands now."""
        async with self.application.database.connection() as connection:
            found = await portal.find_batch(connection, batch.merchant_id, batch.batch_id)
        assert found is not None
        return found


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        change = AgreementChange(numbers_as_file=True)
        ordering = await an_ordering_partner(application, merchant=merchant, change=change)
        orderer, approver = [
            await a_colleague(application, merchant, ordering.partner, email=f"{role}@hotel.example", role=role)
            for role in (PartnerRole.ORDERER, PartnerRole.APPROVER)
        ]
        yield Desk(application, ordering, orderer, approver)


def lines(*days: date) -> TextTable:
    rows = [
        TextRow(line=place, cells=("25", "ada@example.com", "Ada", f"E-{place}", "", day.isoformat()))
        for place, day in enumerate(days, start=1)
    ]
    return TextTable(rows=tuple(rows))


async def test_a_batch_whose_last_day_passed_while_it_was_placed_stops_there_and_says_so(desk: Desk) -> None:
    near, far = NOW.date() + timedelta(days=2), NOW.date() + timedelta(days=100)
    batch = await desk.ordered(lines(far, near, far))
    assert await place_due(desk.application, now=LATER) == 1
    stopped = await desk.again(batch)
    assert (stopped.state, stopped.done, stopped.trouble) == (PortalBatchState.STOPPED, 1, BatchLapsed.code)
    assert await place_due(desk.application, now=LATER) == 0, "it is not tried again"


async def test_a_chunk_that_is_refused_as_a_whole_stops_its_batch(desk: Desk) -> None:
    batch = await desk.ordered(lines(NOW.date() + timedelta(days=100)))
    async with desk.application.database.transaction() as connection:  # as a currency that a release knows no more
        await connection.execute("UPDATE partner_batches SET currency = 'ZZZ'")
    await place_due(desk.application, now=NOW)
    stopped = await desk.again(batch)
    assert stopped.state is PortalBatchState.STOPPED
    assert (stopped.trouble, stopped.done) == ("currency.unknown", 0)


async def test_what_would_not_be_good_for_longer_than_today_is_not_approved(desk: Desk) -> None:
    partner = desk.ordering.partner
    async with desk.application.database.transaction() as connection:
        await partners.put_approval_above(connection, (partner.merchant_id, partner.partner_id), "USD", 0)
    batch = await desk.ordered(lines(NOW.date() + timedelta(days=10)))
    assert batch.state is PortalBatchState.WAITING
    acts, session = await desk.acts(desk.approver), (await a_session_for(desk.application, desk.approver)).session
    with pytest.raises(BatchLapsed):
        await services.decide_batch(desk.application, acts, session, batch.batch_id, approve=True, reason="", now=LATER)
    refused = await services.decide_batch(
        desk.application, acts, session, batch.batch_id, approve=False, reason="too late", now=LATER
    )
    assert refused.state is PortalBatchState.REFUSED


async def test_who_ordered_much_is_mailed_once_it_is_done_or_has_stopped(desk: Desk) -> None:
    far, letterbox = NOW.date() + timedelta(days=100), Letterbox()
    done = await desk.ordered(lines(*[far] * 26), delivery=BatchDelivery.FILE)
    stops = await desk.ordered(lines(*[far] * 25, NOW.date() + timedelta(days=2)), delivery=BatchDelivery.FILE)
    assert await place_due(desk.application, now=NOW + timedelta(days=5)) == 51
    states = [(await desk.again(one)).state for one in (done, stops)]
    assert states == [PortalBatchState.DONE, PortalBatchState.STOPPED]
    async with mail_server(letterbox) as url:
        relay = a_relay(desk.application, SmtpMail(url, mail_from=MAIL_FROM))
        await relay.run_once(NOW + timedelta(days=5))
    mails = [one for one in letterbox.to(desk.orderer.person.email) if "Your order of" in one["Subject"]]
    assert len(mails) == 2
    for batch, said in ((done, "All its certificates are issued"), (stops, "It has stopped before its end")):
        [mail] = [one for one in mails if any(str(batch.batch_id) in body for body in bodies_of(one))]
        assert all(said in body for body in bodies_of(mail))


class WatchedRows(Sequence[Any]):
    """Rows that know which threads have read them."""

    def __init__(self, rows: Sequence[Any], seen: set[int]) -> None:
        self._rows, self._seen = rows, seen

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        self._seen.add(threading.get_ident())
        return self._rows[place]

    def __iter__(self) -> Iterator[Any]:
        self._seen.add(threading.get_ident())
        return iter(self._rows)


async def test_an_order_is_read_and_its_numbers_are_written_beside_the_loop_that_answers_everybody(desk: Desk) -> None:
    seen = set[int]()
    rows: Any = WatchedRows(lines(NOW.date() + timedelta(days=100)).rows, seen)
    await desk.ordered(TextTable(rows=rows))
    content = await encrypted(WatchedRows([("number",), ("=1",)], seen), name="numbers.csv", password="a long one")
    assert seen
    assert threading.get_ident() not in seen
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(b"a long one")
        assert archive.read("numbers.csv") == b"number\r\n'=1\r\n"
