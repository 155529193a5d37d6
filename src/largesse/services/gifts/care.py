"""What a buyer may do for the gifts of a checkout: see how far they are, correct the recipient, send again, print.

Whoever holds the signed link is the buyer (`services.gifts.links`). Everything done is audited and bounded.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse import outbox
from largesse.db import Connection
from largesse.domain import catalog, gifts, merchants, orders, staff
from largesse.domain.catalog import Paper, Theme
from largesse.domain.gifts import CorrectedTooOften, Gift, GiftStatus, GiftUsed, Purpose, RecipientInvalid, SentTooOften
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, Order
from largesse.domain.staff import Audited
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.ids import derived_id
from largesse.kernel.mail import read_email
from largesse.ledger import Kind
from largesse.services.certificates import Place, Request, reissue_within
from largesse.services.gifts import delivery
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.links import GiftLink
from largesse.services.gifts.sheet import Sheet, as_bought, sheet_of, typeset
from largesse.services.gifts.state import GiftTakenBack, Standing, newest, standing_of

SENDINGS_MAX: Final = 5
SENDINGS_WITHIN: Final = timedelta(days=1)
NAME_MAX: Final = 121
CORRECTIONS_MAX: Final = 2
_MAILED: Final = frozenset({GiftStatus.SENDING, GiftStatus.SENT, GiftStatus.FAILED})
"""A mail with the number left, or may have left: what was refused may have been read by whoever refused it."""
_USES: Final = frozenset({Kind.REDEEM, Kind.HOLD, Kind.CAPTURE})


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One gift of a checkout: its order, its delivery, and its certificate as it stands."""

    order: Order
    gift: Gift
    standing: Standing


class Gifts(msgspec.Struct, frozen=True, kw_only=True):
    """All that the buyer of a checkout is shown."""

    merchant: Merchant
    theme: Theme
    checkout: Checkout
    given: tuple[Given, ...]


async def gifts_of(deps: GiftDependencies, link: GiftLink) -> Gifts:
    """Return the gifts of the checkout that a link names, in the order of their numbers.

    Raises:
        MerchantUnknown, CheckoutNotFound: what the link names is gone.
    """
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, link.merchant_id)
        checkout = await orders.find_checkout(connection, link.merchant_id, link.checkout_id)
        theme = await catalog.theme_of(connection, link.merchant_id)
        bought = await orders.orders_of_checkouts(connection, link.merchant_id, [link.checkout_id])
        found = await gifts.deliveries_of_checkout(connection, link.merchant_id, link.checkout_id)
        by_order = {gift.order_id: gift for gift in found}
        given = [
            Given(order=one, gift=gift, standing=await _standing(connection, deps, one, gift))
            for one in bought
            if (gift := by_order.get(one.order_id)) is not None
        ]
    return Gifts(merchant=merchant, theme=theme, checkout=checkout, given=tuple(given))


class SentAgain(msgspec.Struct, frozen=True, kw_only=True):
    """A gift that was sent again or saved; `has_new_number`: what was mailed before cannot be used any more."""

    gift: Gift
    has_new_number: bool


async def send_again(
    deps: GiftDependencies,
    link: GiftLink,
    order_id: UUID,
    *,
    name: str,
    email: str,
    at_once: bool,
    actor: str | None = None,
    asked_at: datetime | None = None,
    now: datetime,
) -> SentAgain:
    """Correct whom a gift is for, and send it (again); one that waits for its hour goes on waiting unless `at_once`.

    Without an `actor` it is the buyer who asks. What was mailed since `asked_at`, when somebody was asked whether they
    mean it, is not mailed again.

    Where the gift was mailed before, to another address, its certificate gets a new number in the same transaction:
    whoever got the first mail holds a number that has ended. After a reissue it is the new certificate that is sent.

    Raises:
        GiftNotFound: the link's checkout has no such gift.
        RecipientInvalid: the name or the address cannot be used; the fields say why.
        GiftTakenBack: the certificate cannot be used any more.
        GiftUsed: the address would change, and it was unwrapped, put into a wallet, or used already; or its rest was
            paid out in cash.
        CorrectedTooOften: the address would change for the third time.
        SentTooOften: it was sent five times within a day.
        LargesseError: the ledger refuses the new number.
    """
    name, address = _recipient(name, email)

    async def work(connection: Connection) -> SentAgain:
        gift = await _locked(connection, link, order_id)
        if asked_at is not None and await _mails_since(connection, gift, asked_at):
            return SentAgain(gift=gift, has_new_number=False)
        order = await orders.find_by_number(connection, link.merchant_id, gift.order_number)
        standing = await _standing(connection, deps, order, gift)
        # The shop knows what was spent; a buyer is not told by a refusal either.
        if not (standing.can_be_given(now) if actor else standing.stands_for_buyer(now)):
            raise GiftTakenBack
        if not standing.is_open(now):  # the rest was paid out in cash
            raise GiftUsed
        fresh = replace(
            gift,
            certificate_id=standing.certificate.certificate_id,
            recipient_name=name,
            recipient_email=address,
        )
        who = actor or f"buyer:{gift.order_number}"
        await _audit(connection, gift, fresh, actor=who, now=now)
        if gift.status is GiftStatus.WAITING and not at_once:
            await gifts.update_gifts(connection, [fresh])
            await _tell(connection, gift, fresh, now=now)
            return SentAgain(gift=fresh, has_new_number=False)
        await _check_rate(connection, gift, now=now)
        is_replaced = gift.status in _MAILED and address.casefold() != gift.recipient_email.casefold()
        if is_replaced:
            fresh = await _with_new_number(connection, deps, gift, fresh, actor=who, now=now)
        await delivery.hand_over(connection, [fresh], now=now)
        await _tell(connection, gift, fresh, now=now)
        sent = await gifts.find_gift(connection, link.merchant_id, order_id)
        return SentAgain(gift=sent, has_new_number=is_replaced)

    return await deps.retrying(work)


async def _with_new_number(
    connection: Connection, deps: GiftDependencies, before: Gift, fresh: Gift, *, actor: str, now: datetime
) -> Gift:
    """Give the certificate of a gift that reached another address a new number, and tell that address."""
    if before.corrections >= CORRECTIONS_MAX:
        raise CorrectedTooOften
    is_unwrapped = before.unwrapped_at is not None and before.certificate_id == fresh.certificate_id
    if is_unwrapped or before.pass_of == fresh.certificate_id:
        raise GiftUsed
    place = Place(merchant_id=fresh.merchant_id, certificate_id=fresh.certificate_id)
    locked = await deps.ledger.lock(connection, place.merchant_id, [place.certificate_id])
    # Locked first, looked at afterwards: who redeems in the meantime has done so, or finds the number ended.
    entries = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
    one = locked[place.certificate_id]
    if one.held or one.gratuity_held or any(entry.kind in _USES for entry in entries):
        raise GiftUsed
    merchant = await merchants.merchant_of_id(connection, place.merchant_id)
    request = Request(
        operation_id=derived_id("corrected recipient", place.merchant_id, before.order_id, str(before.corrections)),
        actor=actor,
        memo="The recipient's address was corrected.",
    )
    made = await reissue_within(connection, deps, merchant, place, request=request, now=now)
    if before.status is GiftStatus.SENT:
        await delivery.post(
            connection,
            [delivery.replaced_mail(before, address=before.recipient_email, name=before.recipient_name, now=now)],
        )
    return replace(fresh, certificate_id=made.certificate_id, corrections=before.corrections + 1, unwrapped_at=None)


async def picture_of_gift(deps: GiftDependencies, link: GiftLink, order_id: UUID, *, now: datetime) -> bytes:
    """Return a gift as it was bought as SVG: what was spent since is nothing that its buyer is told.

    Raises:
        GiftNotFound: the link's checkout has no such gift.
        GiftTakenBack: the certificate cannot be used any more.
        TypesettingFailed, Unavailable: as the typesetter.
    """
    sheet = await _sheet(deps, link, order_id, now=now)
    return await deps.typesetter.preview_svg(sheet.face)


async def print_gift(
    deps: GiftDependencies, link: GiftLink, order_id: UUID, *, paper: Paper | None, now: datetime
) -> tuple[Sheet, bytes]:
    """Return the sheet and the PDF of a gift, for its buyer, as it was bought; by itself on the paper of home printers.

    Raises:
        GiftNotFound: the link's checkout has no such gift.
        GiftTakenBack: the certificate cannot be used any more.
        TypesettingFailed, Unavailable: as the typesetter.
    """
    sheet = await _sheet(deps, link, order_id, now=now)
    return sheet, await typeset(deps, sheet, paper)


async def _sheet(deps: GiftDependencies, link: GiftLink, order_id: UUID, *, now: datetime) -> Sheet:
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, link.merchant_id)
        gift = await gifts.find_gift(connection, link.merchant_id, order_id)
        if gift.checkout_id != link.checkout_id:
            raise gifts.GiftNotFound
        order = await orders.find_by_number(connection, link.merchant_id, gift.order_number)
        standing = await _standing(connection, deps, order, gift)
        if not standing.stands_for_buyer(now):
            raise GiftTakenBack
        return as_bought(await sheet_of(connection, deps, merchant, standing), order)


async def _standing(connection: Connection, deps: GiftDependencies, order: Order, gift: Gift) -> Standing:
    certificate_id = await newest(connection, deps, gift.merchant_id, gift.certificate_id)
    return await standing_of(connection, deps, gift.merchant_id, certificate_id, order=order)


async def _locked(connection: Connection, link: GiftLink, order_id: UUID) -> Gift:
    gift = await gifts.lock_gift(connection, link.merchant_id, order_id)
    if gift.checkout_id != link.checkout_id:
        raise gifts.GiftNotFound
    return gift


async def _check_rate(connection: Connection, gift: Gift, *, now: datetime) -> None:
    if await _mails_since(connection, gift, now - SENDINGS_WITHIN) >= SENDINGS_MAX:
        raise SentTooOften


async def _mails_since(connection: Connection, gift: Gift, since: datetime) -> int:
    """Return how often a gift was mailed since a moment."""
    return await gifts.mails_since(
        connection, gift.merchant_id, gift.checkout_id, Purpose.GIFT, order_id=gift.order_id, since=since
    )


async def _tell(connection: Connection, before: Gift, after: Gift, *, now: datetime) -> None:
    """Publish for whom a gift is now, where that is somebody else, or somewhere else."""
    if (before.recipient_name, before.recipient_email) != (after.recipient_name, after.recipient_email):
        await outbox.publish(connection, [gifts.recipient_changed_event(after, now=now)])


async def _audit(connection: Connection, before: Gift, after: Gift, *, actor: str, now: datetime) -> None:
    same = (before.recipient_name, before.recipient_email) == (after.recipient_name, after.recipient_email)
    told = f"{before.recipient_email or 'nobody'} to {after.recipient_email}"
    await staff.record(
        connection,
        before.merchant_id,
        Audited.GIFT_SENT_AGAIN if same else Audited.GIFT_RECIPIENT_CORRECTED,
        subject=str(before.order_id),
        actor=actor,
        reason=None if same else told[: staff.REASON_LENGTH_MAX],
        now=now,
    )


def _recipient(name: str, email: str) -> tuple[str, str]:
    wrong = []
    name = free_text.one_line(name)
    if len(name) > NAME_MAX:
        advice = f"The name has {len(name)} of {NAME_MAX} characters; take out {len(name) - NAME_MAX}."
        wrong.append(FieldError("name", "gift.name.too_long", advice))
    try:
        address = read_email(email.strip())
    except InvalidInput as error:
        address = ""
        wrong.append(FieldError("email", error.code, error.message))
    if wrong:
        raise RecipientInvalid(fields=wrong)
    return name, address
