"""A process with a browser that takes bills at a counter while others take the same certificates.

Run as `python -m tests.integration.interfaces.counter.bill_racer URL TOKEN`. Each line on stdin is a list of numbers:
it types them and answers `ready`; at the next line it takes all of them, by two taps at once, and answers with what
came: the address of a receipt for each tap, "" where it was refused.
"""

import asyncio
import sys

import httpx
import msgspec

from tests.support.office import forms_of

COUNTER = "/counter/corner-spa"
BILL = f"{COUNTER}/bill"


async def typed(client: httpx.AsyncClient, numbers: list[str]) -> dict[str, str]:
    """Type numbers one after another, and return the form that takes what they hold."""
    answer = await client.get(COUNTER)
    for number in numbers:
        answer = await client.post(BILL, data={**forms_of(answer)[BILL], "number": number, "came": "typed"})
    return forms_of(answer)[BILL]


async def main(url: str, token: str) -> None:
    """Take bills as stdin says."""
    headers = {"accept": "text/html", "user-agent": "Firefox 143 on Linux"}
    async with httpx.AsyncClient(base_url=url, headers=headers, cookies={"staff": token}, timeout=None) as client:  # noqa: S113 - the test waits for it
        while line := await asyncio.to_thread(sys.stdin.readline):
            form = await typed(client, msgspec.json.decode(line, type=list[str]))
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            taps = [client.post(f"{BILL}/redeem", data={**form, "take": "all"}) for _ in range(2)]
            answers = await asyncio.gather(*taps)
            print(msgspec.json.encode([one.headers.get("location", "") for one in answers]).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
