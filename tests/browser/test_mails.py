"""The mails as mail programs show them: narrow and wide, light and dark, in the longest words."""

import pytest
from playwright.async_api import Browser

from largesse.services.mails import words
from largesse.services.mails.pages import bodies, voice_of
from tests.browser.eyes import keep, look_through, too_wide, violations
from tests.builders.faces import a_face

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADDRESS = "ada.lovelace.countess@a-long-domain.example.com"
SHOP = words.Letterhead(
    name="Juniper & Stone",
    email="hello@juniper.example",
    address=("12 Harbour Street", "Portsmouth NH"),
    phone="+1 603 555 0100",
    website="https://juniper.example",
    is_demo=True,
)

BILLED = ("Grace Hopper", "1 Navy Yard", "Arlington, VA 22202")


def mails(language: str, accent: str) -> dict[str, str]:
    """Every mail, in one language and colour."""
    voice = voice_of(language)
    sums = [(voice.t("Certificate"), "$100.00"), (voice.t("Tax"), "$7.99"), (voice.t("Subtotal"), "$107.99")]
    line = words.GiftLine(
        order_number="GL-7K2M9QXR4T",
        title=voice.t("{what} for {name}", what="1 hr Massage", name="Ada"),
        fate=voice.t("It is on its way to {address}.", address=ADDRESS),
        sums=sums,
    )
    totals = [("GL-7K2M9QXR4T", "$107.99"), ("GL-7K2M9QXR4U", "$25.00"), (voice.t("Total"), "$132.99")]
    trouble = voice.t("The mail to {address} was refused. Check the address.", address=ADDRESS)
    receipt = {
        "paid_on": "22.11.2026",
        "lines": [line, line],
        "totals": totals,
        "enclosed": 2,
        "withdraw": "https://gifts.example.com/juniper/withdraw?token=x",
        "paid_by": "Card",
        "billed": ("Grace Hopper", "1 Main Street"),
        "sold_by": ("Juniper & Stone Hospitality Ltd", "12 Harbour Street, Portsmouth NH 03801", "VAT GB123456789"),
    }
    told = {"whom": "Ada", "trouble": trouble, "order_number": line.order_number}
    withdrawn = {
        "subject": voice.t("Your gift for {name} was taken back", name="Ada"),
        "sentences": (voice.t("The rest of the gift can be used as before."), trouble),
        "order_number": line.order_number,
        "why": voice.t("You get this mail because you bought something from us."),
    }
    replaced = {
        "subject": voice.t("A gift certificate of {shop} was replaced", shop=SHOP.name),
        "sentences": (voice.t("If it was meant for you, ask whoever gave it to you."),),
        "order_number": "",
        "why": voice.t("You get this mail because a gift certificate was mailed to this address before."),
    }
    reminder = {
        "subject": voice.t("Your gift certificate of {shop} is good through {day}", shop=SHOP.name, day="22.11.2027"),
        "sentences": (voice.t("Its number stands in the mail that brought it."),),
        "order_number": line.order_number,
        "link": "https://gifts.example.com/gifts/redeem.html",
        "action": voice.t("See what remains"),
        "why": voice.t(
            "You get this mail because this certificate was sent to you. We remind you of it twice at most."
        ),
        "stop": "https://gifts.example.com/gifts/reminders?token=x",
    }
    face = a_face(language)
    link = "https://gifts.example.com/gifts/given?token=x"
    gift = {"face": face, "sender": "Grace Hopper", "is_bonus": False, "redeem_url": face.redeem_url}
    gift |= {"picture": "certificate@largesse", "face_said": words.face_said(face, voice)}
    return {
        "gift": bodies("gift", voice, accent=accent, shop=SHOP, **gift).html,
        "receipt": bodies("receipt", voice, accent=accent, shop=SHOP, name="Grace", link=link, **receipt).html,
        "note": bodies("note", voice, accent=accent, shop=SHOP, **withdrawn).html,
        "replaced": bodies("note", voice, accent=accent, shop=SHOP, **replaced).html,
        "reminder": bodies("note", voice, accent=accent, shop=SHOP, **reminder).html,
        "trouble": bodies("trouble", voice, accent=accent, shop=SHOP, name="Grace", link=link, **told).html,
    }


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 700])
async def test_every_mail_can_be_read_by_everyone(browser: Browser, width: int, *, dark: bool) -> None:
    sight = await look_through(browser, "about:", width=width, dark=dark)
    page = await sight.context.new_page()
    for language, accent in (("en", "#2f5d50"), ("de", "#e8c33a")):
        for name, html in mails(language, accent).items():
            await page.set_content(html)
            await keep(page, f"mail-{name}-{language}-{width}-{'dark' if dark else 'light'}")
            assert await too_wide(page) == 0, name
            shown = await violations(page, colours_only=dark)
            found = [one for one in shown if not one.startswith(("region", "landmark"))]
            assert found == [], name
    await sight.context.close()
