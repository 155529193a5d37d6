"""What is said of a sale that was made: its title, what was paid for, and its receipt."""

from collections.abc import Sequence

from largesse.domain.orders import Order, OrderStatus
from largesse.domain.receipts import ReceiptFace, ReceiptGroup, ReceiptLine
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import counter_path
from largesse.interfaces.counter.receipt_view import address_of
from largesse.interfaces.counter.sale_view import tender_word
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.counter_sales import Sold
from largesse.services.mails import tax_of_line, voice_of
from largesse.ui import Voice


def sale_face(sale: Sold, caller: CounterCaller, voice: Voice, *, notes: Sequence[str] = ()) -> ReceiptFace:
    """Return the receipt of a sale: what was paid for, how, the tax inside of it or why none is due yet; no number.

    `notes` are what it has to say besides: see `words_on_receipt`.
    """
    order, merchant = sale.order, caller.merchant
    at = order.issued_at or order.placed_at
    zone = caller.where.zone
    day, time = voice.short_day(at.astimezone(zone).date()), voice.clock_time(at, zone=zone)
    when = ReceiptLine(words=voice.t("{day}, {time}", day=day, time=time))
    *parts, (way, total) = sale_facts(sale, voice)
    paid = [ReceiptLine(words=name, amount=amount) for name, amount in parts]
    return ReceiptFace(
        language=voice.language,
        merchant=merchant.name,
        address=address_of(caller.location, merchant),
        title=voice.t("Receipt"),
        stamp="" if order.status is OrderStatus.ISSUED else sale_title(order, voice),
        groups=(
            ReceiptGroup(lines=(when,)),
            ReceiptGroup(lines=(*paid, ReceiptLine(words=way, amount=total, strong=True))),
        ),
        notes=tuple(
            filter(
                None,
                (
                    *notes,
                    tax_of_line(order, voice_of(voice.tag)),
                    voice.t("Order {number}", number=order.order_number),
                ),
            )
        ),
        closing=voice.t("This is a sample and no real money.") if merchant.is_demo else "",
    )


def sale_title(order: Order, voice: Voice) -> str:
    """Return what became of a sale, in a word."""
    if order.status is OrderStatus.ISSUED:
        return voice.t("Sold")
    if order.status is OrderStatus.CANCELLED:
        return voice.t("Given up")
    return voice.t("Undone")


def sale_facts(sale: Sold, voice: Voice) -> list[tuple[str, str]]:
    """Return what was paid for, and how, in pairs of name and amount; the last is the total."""
    order = sale.order
    money = currency(order.currency)
    what = voice.t("Reload") if order.is_reload else order.description or voice.t("Gift certificate")
    found = [(what, voice.money(Money(order.amount, money)))]
    for amount, word in ((order.tip, voice.t("Gratuity")), (order.tax, voice.t("Tax"))):
        if amount:
            found.append((word, voice.money(Money(amount, money))))
    found.append((tender_word(sale.checkout.gateway, voice), voice.money(sale.total)))
    return found


def sold_path(slug: str, order_number: str) -> str:
    """Return the address of a sale."""
    return f"{counter_path(slug)}/sold/{order_number}"
