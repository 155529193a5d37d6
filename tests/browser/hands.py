"""What buyers and clerks do with their hands, the same on every page of the tests."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from playwright.async_api import Locator, Page

_STOPS_MAX = 80
_KEY_S = 0.002
_ENDS: dict[str, dict[str, Any]] = {
    "Enter": {"windowsVirtualKeyCode": 13, "text": "\r"},
    "Tab": {"windowsVirtualKeyCode": 9},
}


def some_weeks_from_now() -> date:
    """Return a day for which a gift can be planned, whatever day it is."""
    return (datetime.now(UTC) + timedelta(days=50)).date()


async def write(page: Page, name: str = "Ada") -> None:
    """Fill in who it is for and from, and where it goes."""
    await page.get_by_label("To", exact=True).fill(name)
    await page.get_by_label("From", exact=True).fill("Grace")
    await page.get_by_label("Recipient’s first name").fill(name)
    await page.get_by_label("Recipient’s e-mail address").fill(f"{name.lower()}@example.com")


async def say_who_pays(page: Page, email: str = "grace@example.com") -> None:
    """Fill in the checkout."""
    await page.get_by_label("First name").fill("Grace")
    await page.get_by_label("Last name").fill("Hopper")
    await page.get_by_label("E-mail").fill(email)


async def scan(
    page: Page, text: str, *, end: str = "Enter", stall_after: int | None = None, stall_s: float = 0.2
) -> None:
    """Type as a scanner does: fast, and ended by a key.

    Each key carries the time at which it was pressed, so that a busy machine does not look like a slow hand.

    Args:
        page: The page whose focus gets the keys.
        text: What the code says.
        end: The key that the scanner sends last: `Enter` or `Tab`.
        stall_after: After so many keys the browser was busy, or the radio lost, for `stall_s` seconds.
        stall_s: How long.
    """
    session = await page.context.new_cdp_session(page)
    pressed_at = time.time()
    keys: list[dict[str, Any]] = [{"key": key, "text": key} for key in text]
    for count, key in enumerate([*keys, {"key": end, "code": end, **_ENDS[end]}]):
        pressed_at += stall_s if count == stall_after else _KEY_S
        await session.send("Input.dispatchKeyEvent", {"type": "keyDown", "timestamp": pressed_at, **key})
        await session.send("Input.dispatchKeyEvent", {"type": "keyUp", "timestamp": pressed_at, "key": key["key"]})
    await session.detach()


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus.

    Raises:
        AssertionError: it cannot be reached, or what has the focus cannot be seen to have it.
    """
    for _ in range(_STOPS_MAX):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
    problem = f"the keyboard does not reach {wanted}"
    raise AssertionError(problem)
