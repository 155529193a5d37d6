"""What buyers do with their hands, the same on every shop of the tests."""

from playwright.async_api import Locator, Page

_STOPS_MAX = 80


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
