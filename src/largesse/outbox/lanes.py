"""Who flies next: each endpoint has its lane, and lanes take turns, so that none waits for another's receiver."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from largesse.outbox.model import Claimed, Endpoint, EndpointStatus

SLOW_RUNNING_MAX = 2


class Lane:
    """Queue what was claimed for one endpoint. `running` are on their way; `more`: others may wait in the database."""

    def __init__(self, endpoint: Endpoint, *, running_max: int) -> None:
        self.endpoint = endpoint
        self._running_max = running_max
        self.queue: deque[Claimed] = deque()
        self.running = 0
        self.more = False
        # The receiver said that it is asked too much (429, 502, 504), and has taken nothing since.
        self.slowed = False
        # Once something has failed, the next success is worth writing down.
        self.troubled = endpoint.failing_since is not None

    @property
    def running_max(self) -> int:
        """Return how many may be on their way at once, as the endpoint asks now and as its receiver bears."""
        if self.endpoint.ordered:
            return 1
        return min(SLOW_RUNNING_MAX, self._running_max) if self.slowed else self._running_max

    @property
    def held(self) -> int:
        """Return how many deliveries of the endpoint are in this relay's hands."""
        return len(self.queue) + self.running

    @property
    def may_fly(self) -> bool:
        """Return whether one more may be sent now."""
        return bool(self.queue) and self.running < self.running_max


class Lanes:
    """All lanes; they hand out what may be sent, lane by lane: at most `running_max`, `lane_running_max` of one."""

    def __init__(self, *, running_max: int, lane_running_max: int) -> None:
        self._running_max = running_max
        self._lane_running_max = lane_running_max
        self._lanes: dict[UUID, Lane] = {}
        self._turns: deque[Lane] = deque()
        self._running = 0

    @property
    def held(self) -> int:
        """Return how many deliveries are in this relay's hands."""
        return sum(lane.held for lane in self._lanes.values())

    def held_by_endpoint(self, *, full: int) -> dict[UUID, int]:
        """Return how many of each endpoint are held. A lane still half full counts as full: claim in bulk."""
        return {key: full if 2 * lane.held > full else lane.held for key, lane in self._lanes.items() if lane.held}

    @property
    def endpoint_keys(self) -> set[tuple[UUID, UUID]]:
        """Return merchant and id of the endpoint of every lane."""
        return {(lane.endpoint.merchant_id, lane.endpoint.endpoint_id) for lane in self._lanes.values()}

    def refresh(self, endpoints: Mapping[UUID, Endpoint]) -> list[Claimed]:
        """Let every lane know its endpoint as it is now; return what must not be sent: it is paused, or gone."""
        unsent = list[Claimed]()
        for key, lane in self._lanes.items():
            endpoint = endpoints.get(key)
            if endpoint is None or endpoint.status is not EndpointStatus.ACTIVE:
                unsent += lane.queue
                lane.queue.clear()
            else:
                lane.endpoint = endpoint
                self._enlist(lane)
        self._lanes = {key: lane for key, lane in self._lanes.items() if lane.held}
        return unsent

    def enqueue(self, claimed: Sequence[Claimed], endpoints: Mapping[UUID, Endpoint]) -> None:
        """Put what was claimed into its lanes; what an endpoint says of itself is refreshed."""
        for item in claimed:
            endpoint = endpoints[item.endpoint_id]
            lane = self._lanes.get(item.endpoint_id)
            if lane is None:
                lane = self._lanes[item.endpoint_id] = Lane(endpoint, running_max=self._lane_running_max)
            lane.endpoint = endpoint
            lane.troubled = lane.troubled or endpoint.failing_since is not None
            lane.more = True
            lane.queue.append(item)
            self._enlist(lane)

    def ready(self) -> Iterator[tuple[Lane, Claimed]]:
        """Yield what may be sent now, lane by lane in turn; each counts as running until `finished`."""
        while self._turns and self._running < self._running_max:
            lane = self._turns.popleft()
            if not lane.may_fly:
                continue
            item = lane.queue.popleft()
            lane.running += 1
            self._running += 1
            self._enlist(lane)
            yield lane, item

    def finished(self, lane: Lane, *, full: int) -> bool:
        """Make room for the next, and tell whether the lane has run low and it is time to claim again."""
        lane.running -= 1
        self._running -= 1
        self._enlist(lane)
        low = lane.more and 2 * lane.held <= full
        if low:
            lane.more = False
        if not lane.held:
            self._lanes.pop(lane.endpoint.endpoint_id, None)
        return low

    def drain(self) -> list[Claimed]:
        """Empty all queues and return what had not taken off."""
        unsent = [item for lane in self._lanes.values() for item in lane.queue]
        for lane in self._lanes.values():
            lane.queue.clear()
        self._turns.clear()
        return unsent

    def _enlist(self, lane: Lane) -> None:
        if lane.may_fly and lane not in self._turns:
            self._turns.append(lane)
