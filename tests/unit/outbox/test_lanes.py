"""Lanes take turns."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from largesse.outbox import Endpoint, EndpointStatus
from largesse.outbox.lanes import Lane, Lanes
from largesse.outbox.model import Claimed
from largesse.services.endpoints import Format

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FULL = 8


def an_endpoint(number: int, *, ordered: bool = False) -> Endpoint:
    return Endpoint(
        merchant_id=UUID(int=1),
        endpoint_id=UUID(int=number),
        format=Format.JSON,
        url="https://example.com/",
        events=(),
        ordered=ordered,
        created_at=NOW,
    )


def claimed(endpoint: Endpoint, count: int) -> list[Claimed]:
    return [
        Claimed(
            merchant_id=endpoint.merchant_id,
            endpoint_id=endpoint.endpoint_id,
            event_id=UUID(int=i),
            tries=0,
            leased_until=NOW,
            kind="invoice.paid",
            version=1,
            payload="{}",
            occurred_at=NOW,
        )
        for i in range(count)
    ]


def sendable(lanes: Lanes) -> list[tuple[Lane, Claimed]]:
    """What may be sent now."""
    return list(lanes.ready())


def sent(lanes: Lanes, lane: Lane) -> bool:
    """Whether a lane asks for more, once one of its deliveries was sent."""
    return lanes.finished(lane, full=FULL)


def test_a_long_lane_does_not_take_the_turns_of_a_short_one() -> None:
    long, short = an_endpoint(1), an_endpoint(2)
    lanes = Lanes(running_max=6, lane_running_max=5)
    lanes.enqueue(claimed(long, 100), {long.endpoint_id: long})
    lanes.enqueue(claimed(short, 2), {short.endpoint_id: short})

    taken = [lane.endpoint.endpoint_id.int for lane, _ in sendable(lanes)]

    assert taken == [1, 2, 1, 2, 1, 1]
    assert lanes.held == 102


def test_no_more_of_one_lane_fly_than_it_may() -> None:
    endpoint = an_endpoint(1)
    lanes = Lanes(running_max=100, lane_running_max=3)
    lanes.enqueue(claimed(endpoint, 10), {endpoint.endpoint_id: endpoint})

    first = [lane for lane, _ in sendable(lanes)]
    assert len(first) == 3
    sent(lanes, first[0])
    assert len(sendable(lanes)) == 1


def test_an_ordered_lane_flies_one_at_a_time() -> None:
    endpoint = an_endpoint(1, ordered=True)
    lanes = Lanes(running_max=100, lane_running_max=50)
    lanes.enqueue(claimed(endpoint, 2), {endpoint.endpoint_id: endpoint})

    assert len(sendable(lanes)) == 1


def test_a_lane_that_has_run_low_asks_for_more_once() -> None:
    endpoint = an_endpoint(1)
    lanes = Lanes(running_max=100, lane_running_max=100)
    lanes.enqueue(claimed(endpoint, 6), {endpoint.endpoint_id: endpoint})
    started = [lane for lane, _ in sendable(lanes)]

    asked = [sent(lanes, lane) for lane in started]

    assert asked == [False, True, False, False, False, False]
    assert lanes.held == 0


def test_what_has_not_taken_off_is_given_back() -> None:
    endpoint = an_endpoint(1)
    lanes = Lanes(running_max=2, lane_running_max=2)
    lanes.enqueue(claimed(endpoint, 5), {endpoint.endpoint_id: endpoint})
    sendable(lanes)

    assert len(lanes.drain()) == 3
    assert lanes.held == 2


def test_a_receiver_that_is_asked_too_much_gets_two_at_a_time_until_it_takes_something() -> None:
    lanes, endpoint = Lanes(running_max=100, lane_running_max=8), an_endpoint(1)
    lanes.enqueue(claimed(endpoint, 20), {endpoint.endpoint_id: endpoint})
    first = sendable(lanes)
    lane = first[0][0]
    assert len(first) == 8

    lane.slowed = True
    for _ in first:
        sent(lanes, lane)
    assert len(sendable(lanes)) == 2

    lane.slowed = False
    sent(lanes, lane)
    assert len(sendable(lanes)) == 7


def test_a_lane_follows_its_endpoint() -> None:
    lanes, endpoint = Lanes(running_max=100, lane_running_max=8), an_endpoint(1)
    lanes.enqueue(claimed(endpoint, 5), {endpoint.endpoint_id: endpoint})

    assert lanes.refresh({endpoint.endpoint_id: an_endpoint(1, ordered=True)}) == []
    assert len(sendable(lanes)) == 1
    paused = msgspec.structs.replace(endpoint, status=EndpointStatus.PAUSED)
    assert len(lanes.refresh({endpoint.endpoint_id: paused})) == 4
    assert lanes.held == 1, "what is on its way lands"
