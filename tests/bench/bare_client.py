"""A bare client: posts the same bytes over and over with the library that the relay posts with, and does nothing else.

    python -m tests.bench.bare_client

with a job as JSON on standard input: urls, headers, body, posts, running (how many at once); prints posts per second.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice

import aiohttp
import uvloop


async def posts_per_second(*, urls: list[str], headers: dict[str, str], body: str, posts: int, running: int) -> float:
    """Return how many posts a second were answered, all together."""
    left = islice(cycle(urls), posts)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        began = time.perf_counter()
        await asyncio.gather(*(_post(session, left, headers, body.encode()) for _ in range(running)))
        return posts / (time.perf_counter() - began)


async def _post(session: aiohttp.ClientSession, left: Iterator[str], headers: dict[str, str], body: bytes) -> None:
    for url in left:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            await answer.read()


if __name__ == "__main__":
    sys.stdout.write(str(uvloop.run(posts_per_second(**json.load(sys.stdin)))))
