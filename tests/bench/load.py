"""A load of keep-alive connections that costs little itself: raw asyncio, requests made before, answers hardly parsed.

Run as `python -m tests.bench.load`, with a job as JSON on standard input; prints the result as JSON. A process of its
own, so that the machine's cores are shared the way they are with pgbench.
"""

import asyncio
import json
import sys
import time
from functools import partial
from typing import Any, cast

_LENGTH = b"content-length:"


class Lane(asyncio.Protocol):
    """Send requests one after another on one connection."""

    def __init__(
        self, requests: list[bytes], job: dict[str, Any], until: float, latencies: list[float], faults: list[str]
    ) -> None:
        self.requests = requests
        self.status = str(job["status"]).encode()
        self.sent_max = len(requests) if job["once"] else sys.maxsize
        self.until = until
        self.latencies = latencies
        self.faults = faults
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.sent = 0
        self.sent_at = 0.0
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's do not inherit from it
        self._send()

    def _send(self) -> None:
        assert self.transport is not None
        self.sent_at = time.perf_counter()
        if self.sent_at >= self.until or self.sent >= self.sent_max:
            self.transport.close()
            return
        self.transport.write(self.requests[self.sent % len(self.requests)])
        self.sent += 1

    def data_received(self, data: bytes) -> None:
        """Find the end of the answer by its length; go on with the next request."""
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        headers = self.buffer[:head].lower()
        at = headers.find(_LENGTH) + len(_LENGTH)
        length = int(headers[at : headers.find(b"\r", at) if headers.find(b"\r", at) > 0 else head])
        if len(self.buffer) < head + 4 + length:
            return
        self.latencies.append(time.perf_counter() - self.sent_at)
        if self.buffer[9:12] != self.status:
            self.faults.append(self.buffer[:400].decode(errors="replace"))
        self.buffer = self.buffer[head + 4 + length :]
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        """Finish."""
        if not self.done.done():
            self.done.set_result(None)


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Run `job`: host, port, connections, seconds, warm-up seconds, and the requests as text.

    `status` is the answer that is expected; with `once` no request is sent a second time.
    """
    warm_up: list[float] = []
    if job["warm_up_s"]:
        _, warm_up, _ = await _press(job, job["warm_up_s"])
    took, latencies, faults = await _press(job, job["seconds"])
    latencies.sort()
    return {
        "per_second": len(latencies) / took,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "requests": len(latencies),
        "with_warm_up": len(latencies) + len(warm_up),
        "faults": len(faults),
        "first_fault": faults[0] if faults else None,
    }


async def _press(job: dict[str, Any], seconds: float) -> tuple[float, list[float], list[str]]:
    requests = [request.encode() for request in job["requests"]]
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    faults: list[str] = []
    start = time.perf_counter()
    lanes = [
        Lane(requests[number % len(requests) :: job["connections"]], job, start + seconds, latencies, faults)
        for number in range(job["connections"])
    ]
    for lane in lanes:
        await loop.create_connection(partial(_same, lane), job["host"], job["port"])
    await asyncio.gather(*(lane.done for lane in lanes))
    return time.perf_counter() - start, latencies, faults


def _same(lane: Lane) -> Lane:
    return lane


if __name__ == "__main__":
    import uvloop

    sys.stdout.write(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
