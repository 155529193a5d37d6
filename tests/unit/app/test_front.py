"""The outermost layer: every request has an id, a line and a count, and nothing breaks out of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from litestar import Request, Response, get, post
from litestar.params import FromPath

from largesse.app import web
from largesse.app.arrivals import Pace
from largesse.app.front import CLIENT_ERRORS_PER_S_MAX, App, Front
from largesse.app.logs import RequestLine, mask_event
from largesse.app.metrics import Metrics
from largesse.kernel.errors import FieldError, InvalidInput, Unavailable
from largesse.kernel.numbers import make_number

FOR_EVER_S = 60
TOKEN = "k3j9x0c8v7b6n5m4q1w2e3r4t5y6u7i8o9p0a1s2"


@get("/ok/{name:str}")
async def ok(name: FromPath[str]) -> str:
    return f"hello {name[:1]}"


@get(["/readyz", "/healthz", "/metrics"])
async def probed() -> str:
    return "fine"


@get("/busy")
async def busy() -> None:
    raise Unavailable(retry_after_s=7)


@post("/wrong")
async def wrong() -> None:
    raise InvalidInput(fields=[FieldError("amount", "amount.too_small", "Name more than one.")])


@get("/broken")
async def broken() -> None:
    password = "sesame"
    raise RuntimeError(f"there was {TOKEN} and {len(password)}")


@post("/echo")
async def echo(request: Request[Any, Any, Any]) -> Response[bytes]:
    return Response(content=await request.body())


class Lines(list[dict[str, Any]]):
    """The log lines of a test."""

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self if line["event"] == event]

    def keep(self, line: RequestLine) -> None:
        self.append(msgspec.to_builtins(line))


@pytest.fixture
def lines() -> Iterator[Lines]:
    caught = Lines()

    def keep(_logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        caught.append(dict(event) | {"level": method})
        raise structlog.DropEvent

    structlog.configure(processors=[mask_event, keep], cache_logger_on_first_use=False)
    yield caught
    structlog.reset_defaults()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(process="test", folder=None)


def front_of(
    metrics: Metrics, handlers: Sequence[Any] = (ok, probed, busy, wrong, broken, echo), **options: Any
) -> Front:
    @asynccontextmanager
    async def open_app() -> AsyncIterator[tuple[App, Metrics]]:
        yield web.make_app(handlers), metrics

    return Front(open_app, **options)


async def start(application: Front) -> list[str]:
    """Run the start of ASGI's lifespan, and return what the application answered."""
    said: list[str] = []
    messages = asyncio.Queue[dict[str, Any]]()
    await messages.put({"type": "lifespan.startup"})

    async def send(message: Any) -> None:
        said.append(message["type"])
        started.set()

    started = asyncio.Event()
    task = asyncio.create_task(application({"type": "lifespan"}, messages.get, send))
    await started.wait()
    _ALIVE.append(task)
    return said


_ALIVE: list[asyncio.Task[None]] = []


class SteadyClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def clock() -> SteadyClock:
    return SteadyClock()


@pytest.fixture
async def client(metrics: Metrics, lines: Lines, clock: SteadyClock) -> AsyncIterator[httpx.AsyncClient]:
    application = front_of(metrics, steady_clock=clock, write_line=lines.keep, wanted=lambda _: True)
    assert await start(application) == ["lifespan.startup.complete"]
    transport = httpx.ASGITransport(application, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened
    for task in _ALIVE:
        task.cancel()
    _ALIVE.clear()


async def test_head_is_answered_as_get_is_without_the_body(client: httpx.AsyncClient) -> None:
    got, headed = await client.get("/ok/ada"), await client.head("/ok/ada")
    assert headed.status_code == got.status_code == 200
    assert headed.headers["content-length"] == got.headers["content-length"]
    assert got.content
    assert headed.content == b""


async def test_every_request_leaves_one_line_with_what_happened(client: httpx.AsyncClient, lines: Lines) -> None:
    answer = await client.get("/ok/Ada?x=1")
    (line,) = lines.of("request")
    assert line["duration_ms"] > 0
    assert {name: line[name] for name in ("method", "path", "query", "status", "bytes", "level", "request_id")} == {
        "method": "GET",
        "path": "/ok/Ada",
        "query": "x=1",
        "status": 200,
        "bytes": len("hello A"),
        "level": "info",
        "request_id": answer.headers["x-request-id"],
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_that_all_is_well_is_no_news(client: httpx.AsyncClient, lines: Lines, path: str) -> None:
    await client.get(path)
    await client.post(path)
    assert [line["level"] for line in lines.of("request")] == ["debug", "warning"]


@pytest.mark.parametrize("given", ["client-77.abc_def", "018f3c1e-7b6a-7c3e-9a43-1b2c3d4e5f60"])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/ok/a", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    both = await client.get("/ok/a", headers={"X-Request-Id": "of-a-proxy", "Request-Id": given})
    assert both.headers["x-request-id"] == given, "a program that names its request finds it by that name"


@pytest.mark.parametrize(
    "given",
    [
        "short",
        "a" * 65,
        'quote"quote',
        "semi;colon;semi",
        TOKEN,
        pytest.param(make_number("GL"), id="a certificate number"),
        "é" * 9,
    ],
)
async def test_an_odd_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/ok/a", headers={b"X-Request-Id": given.encode()})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 16


async def test_secrets_in_paths_and_queries_are_masked(client: httpx.AsyncClient, lines: Lines) -> None:
    number = make_number("GL")
    await client.get(f"/ok/{number}?code={number}&api_key=sesame&api_token={TOKEN}&x={number}&y={TOKEN}")
    await client.get(f"/nowhere/{number}")
    text = json.dumps(lines)
    assert len(lines.of("request")) == 2
    assert number not in text
    assert TOKEN not in text
    assert "sesame" not in text


async def test_a_refusal_is_a_problem_with_its_code(client: httpx.AsyncClient) -> None:
    answer = await client.post("/wrong")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": InvalidInput.message,
        "code": "input.invalid",
        "fields": [{"field": "amount", "code": "amount.too_small", "message": "Name more than one."}],
        "request_id": answer.headers["x-request-id"],
    }


async def test_a_busy_process_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/busy")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("GET", "/nowhere", 404, "page.not_found"),
        ("DELETE", "/busy", 405, "method.not_allowed"),
        ("GET", "/echo", 405, "method.not_allowed"),
    ],
)
async def test_what_no_interface_answers_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_beyond_the_bound_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/echo", content=b"x" * (web.BODY_BYTES_MAX + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "body.too_large"


async def test_a_fault_shows_nothing_of_itself(client: httpx.AsyncClient, lines: Lines) -> None:
    answer = await client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "RuntimeError" not in answer.text
    (failure,) = lines.of("failed")
    assert isinstance(failure["exc_info"], str)
    assert TOKEN not in json.dumps(lines)
    assert "sesame" not in json.dumps(lines)
    (line,) = lines.of("request")
    assert line["level"] == "error"


def a_post() -> dict[str, Any]:
    return {
        "type": "http", "method": "POST", "path": "/echo", "raw_path": b"/echo", "query_string": b"", "headers": [],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "scheme": "http", "http_version": "1.1",
        "root_path": "", "state": {}, "asgi": {"version": "3.0"},
    }  # fmt: skip


async def posted(application: Front, *pauses_s: float, address: str = "192.0.2.1", size: int = 1) -> list[Any]:
    """What is answered to a body that comes in parts of `size`, each after a pause."""
    answered: list[Any] = []
    coming = list(pauses_s)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(coming.pop(0) if coming else FOR_EVER_S)
        return {"type": "http.request", "body": b"x" * size, "more_body": bool(coming)}

    async def send(message: Any) -> None:
        answered.append(message)

    await application(a_post() | {"client": (address, 1)}, receive, send)
    return answered


def statuses(answers: Sequence[list[Any]]) -> list[int]:
    return [answered[0]["status"] for answered in answers]


async def a_front(metrics: Metrics, lines: Lines, **pace: Any) -> Front:
    roomy: dict[str, Any] = {"whole_s": FOR_EVER_S, "part_s": FOR_EVER_S, "grace_s": FOR_EVER_S, "look_s": 0.01}
    application = front_of(metrics, pace=Pace(**roomy | pace), write_line=lines.keep, wanted=lambda _: True)
    await start(application)
    return application


async def test_a_body_of_which_a_part_does_not_come_is_given_up(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines, part_s=0.05)
    answers = await asyncio.gather(
        posted(application, FOR_EVER_S), posted(application, 0, 0.01, FOR_EVER_S), posted(application, 0, 0)
    )
    assert statuses(answers) == [408, 408, 201]
    assert json.loads(answers[0][1]["body"])["code"] == "request.too_slow"
    # The timer that ended those two was the only one; it is set again for those who come later.
    assert statuses([await posted(application, FOR_EVER_S)]) == [408]


async def test_a_body_that_comes_byte_by_byte_is_given_up_at_its_deadline(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines, whole_s=0.2)
    assert statuses([await posted(application, *[0.01] * 10_000)]) == [408]


async def test_a_body_that_comes_more_slowly_than_the_least_rate_is_given_up(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines, grace_s=0.1, rate_min=1_000_000)
    assert statuses([await posted(application, *[0.01] * 10_000)]) == [408]


async def test_a_large_body_may_take_its_time_where_it_keeps_the_rate(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines, grace_s=0, rate_min=1)
    assert statuses([await posted(application, 0, 0.05, 0.05, 0.05, size=1000)]) == [201]


async def test_one_address_may_have_few_slow_bodies_and_leaves_the_others_alone(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines, slow_max=2)
    slow = [asyncio.create_task(posted(application, FOR_EVER_S)) for _ in range(5)]
    other = asyncio.create_task(posted(application, FOR_EVER_S, address="198.51.100.7"))
    while sum(task.done() for task in slow) < 3:
        await asyncio.sleep(0.01)
    assert statuses([task.result() for task in slow if task.done()]) == [408] * 3
    assert not other.done()
    await cancelled(*slow, other)


async def test_all_addresses_together_may_have_so_many_slow_bodies(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines, slow_max=2, slow_total_max=4)
    slow = [asyncio.create_task(posted(application, FOR_EVER_S, address=f"192.0.2.{number}")) for number in range(7)]
    while sum(task.done() for task in slow) < 3:
        await asyncio.sleep(0.01)
    assert [task.done() for task in slow] == [True] * 3 + [False] * 4  # those that have taken longest
    await cancelled(*slow)


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_request_that_is_cancelled_while_it_arrives_ends(metrics: Metrics, lines: Lines) -> None:
    application = await a_front(metrics, lines)
    task = asyncio.create_task(posted(application, FOR_EVER_S))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_noise_of_clients_is_bounded_and_its_amount_is_told(
    client: httpx.AsyncClient, lines: Lines, clock: SteadyClock
) -> None:
    for _ in range(CLIENT_ERRORS_PER_S_MAX + 5):
        await client.get("/nowhere")
    assert len(lines.of("request")) == CLIENT_ERRORS_PER_S_MAX
    clock.at_s += 1
    await client.get("/nowhere")
    (told,) = lines.of("client_errors_not_logged")
    assert told["count"] == 5


async def test_requests_are_counted_by_route_and_not_by_path(client: httpx.AsyncClient, metrics: Metrics) -> None:
    for name in "abc":
        await client.get(f"/ok/{name}")
    await client.request("BREW", "/nowhere")
    text = metrics.exposition().decode()
    assert 'largesse_request_seconds_count{interface="app",method="GET",route="/ok/{name}",status="200"} 3.0' in text
    assert 'method="OTHER",route="none",status="40' in text
    assert "/ok/a" not in text


async def test_an_installation_that_does_not_open_stops_the_process(metrics: Metrics, lines: Lines) -> None:
    @asynccontextmanager
    async def open_app() -> AsyncIterator[tuple[App, Metrics]]:
        async with an_installation_that_opens(opens=False):
            yield web.make_app([]), metrics

    assert await start(Front(open_app)) == ["lifespan.startup.failed"]
    assert lines.of("start_failed")


@asynccontextmanager
async def an_installation_that_opens(*, opens: bool) -> AsyncIterator[None]:
    if not opens:
        raise Unavailable
    yield
