"""Compose mails when their turn comes, and take note of what came of them. Conforms to `outbox.MailWriter`."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, certificates, gifts, merchants, payments
from largesse.domain.catalog import Paper
from largesse.domain.gifts import Gift, GiftStatus, MailDue, MailStatus, Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Channel, Order, OrderStatus
from largesse.kernel.mail import Attachment, MailPicture
from largesse.outbox import Claimed, Composed, NotWanted, Settled
from largesse.services.counter import is_from_counter
from largesse.services.gifts import (
    Sheet,
    as_bought,
    bought_together,
    link_to_gifts,
    newest,
    pictured,
    redeem_url,
    sheet_of,
    standing_of,
    typeset,
)
from largesse.services.invoices import is_of_invoice
from largesse.services.mails import (
    by_hand_letters,
    counter_letters,
    holder_letters,
    invoice_letters,
    staff_letters,
    withdrawal_letters,
    words,
)
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.enclosures import documents_with, printed_documents
from largesse.services.mails.envelope import Heading, composed, heading_of
from largesse.services.mails.fates import fate_of_mail, gift_status
from largesse.services.mails.pages import bodies
from largesse.services.mails.papers import Papers
from largesse.services.mails.telling import tell, tell_who_was_late
from largesse.services.merchants import legal_texts_of, offers_withdrawal, seller_of
from largesse.services.staff import is_to_staff
from largesse.services.withdrawals import is_of_withdrawal, withdrawal_address

COMPOSING_MAX: Final = 4
_WITHOUT_A_ROW: Final = (is_to_staff, is_from_counter, is_of_withdrawal)
_TAKEN_BACK: Final = frozenset({OrderStatus.REFUNDED, OrderStatus.VOIDED, OrderStatus.CANCELLED})


class Letters:
    """Write the mails of one worker, a few at a time. `mail_from` is the operator's address."""

    def __init__(self, deps: MailDependencies, *, mail_from: str) -> None:
        self._deps = deps
        self._mail_from = mail_from
        self._composing = asyncio.Semaphore(COMPOSING_MAX)

    async def compose(self, claimed: Claimed, *, now: datetime) -> Composed:
        """Return the mail that `claimed` stands for; see `outbox.MailWriter`."""
        if is_to_staff(claimed.payload):
            return await staff_letters.compose(self._deps, claimed, sent_by=self._mail_from, now=now)
        if is_from_counter(claimed.payload):
            return await counter_letters.compose(self._deps, claimed, sent_by=self._mail_from)
        if is_of_invoice(claimed.payload):
            return await invoice_letters.compose(self._deps, claimed, sent_by=self._mail_from)
        if is_of_withdrawal(claimed.payload):
            return await withdrawal_letters.compose(self._deps, claimed, sent_by=self._mail_from)
        return await self._of_gifts(claimed, now=now)

    async def _of_gifts(self, claimed: Claimed, *, now: datetime) -> Composed:
        due = gifts.read_mail_due(claimed.payload)
        if due.purpose is Purpose.BY_HAND:
            return await by_hand_letters.compose(self._deps, claimed, due, sent_by=self._mail_from)
        if due.purpose is Purpose.ARRIVED:
            return await holder_letters.compose_arrived(self._deps, claimed, due, sent_by=self._mail_from)
        if due.purpose is Purpose.REMINDER:
            return await holder_letters.compose_reminder(self._deps, claimed, due, sent_by=self._mail_from, now=now)
        return await self._of_sale(claimed, due, now=now)

    async def _of_sale(self, claimed: Claimed, due: MailDue, *, now: datetime) -> Composed:
        async with self._composing:
            async with self._deps.database.connection() as connection:
                papers = await self._papers(connection, claimed, due, now=now)
            match due.purpose:
                case Purpose.GIFT:
                    return await self._gift(papers, claimed)
                case Purpose.RECEIPT:
                    return await self._receipt(papers, claimed, now=now)
                case Purpose.TROUBLE:
                    return self._trouble(papers, claimed, now=now)
                case Purpose.REFUNDED | Purpose.VOIDED | Purpose.RECLAIMED:
                    return await self._taken_back(papers, claimed)
                case Purpose.REPLACED:
                    return self._replaced(papers, claimed)
                case Purpose.RETURNED:
                    return self._returned(papers, claimed)
                case Purpose.CREDITED:
                    return await self._credited(papers, claimed)
                case Purpose.BY_HAND | Purpose.ARRIVED | Purpose.REMINDER:
                    raise NotWanted  # they are written elsewhere

    async def settle(self, connection: Connection, settled: Sequence[Settled]) -> None:
        """Take note of what came of mails, tell the world, and alert the buyer; see `outbox.MailWriter`."""
        for one in settled:
            if any(kept_apart(one.claimed.payload) for kept_apart in _WITHOUT_A_ROW):
                continue  # nothing else is to be done for it, and its attempts are kept
            if is_of_invoice(one.claimed.payload):
                await invoice_letters.settle(connection, one)
                continue
            fate = fate_of_mail(one)
            mail = await gifts.settle_mail(connection, one.claimed.merchant_id, fate)
            if mail is not None and mail.purpose is Purpose.ARRIVED and mail.order_id is not None:
                await gifts.forget_thanks(connection, mail.merchant_id, mail.order_id)
            if mail is not None and mail.purpose is Purpose.GIFT and mail.order_id is not None:
                status = gift_status(fate)
                gift = await gifts.settle_gift(connection, mail.merchant_id, mail.order_id, fate, status)
                if gift is not None:
                    await tell(connection, gift, fate)
                elif fate.status is MailStatus.SENT:
                    await tell_who_was_late(connection, mail, fate)

    async def _papers(self, connection: Connection, claimed: Claimed, due: MailDue, *, now: datetime) -> Papers:
        """Return what a mail is written from.

        Raises:
            NotWanted: it is not to be sent any more.
        """
        merchant_id = claimed.merchant_id
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        checkout, bought = await bought_together(connection, merchant_id, due.checkout_id)
        found = await gifts.deliveries_of_checkout(connection, merchant_id, due.checkout_id)
        theme, texts = await catalog.theme_of(connection, merchant_id), await legal_texts_of(connection, merchant)
        papers = Papers(
            due=due,
            merchant=merchant,
            theme=theme,
            letterhead=words.shop_of(merchant, theme, legal=words.legal_links(texts, merchant, self._deps.base_url)),
            texts=await legal_texts_of(connection, merchant, at=checkout.created_at),
            seller=await seller_of(connection, merchant) if due.purpose is Purpose.RECEIPT else None,
            checkout=checkout,
            bought=bought,
            found={gift.order_number: gift for gift in found},
            filled=await self._filled(connection, merchant_id, bought) if due.purpose is Purpose.RECEIPT else {},
            documents=await documents_with(connection, claimed, due),
            voice_locale=due.locale,
        )
        wanted = papers.given
        sheets = [
            sheet
            for order, gift in wanted
            if (sheet := await self._sheet(connection, papers, order, gift, now=now)) is not None
        ]
        if due.purpose is Purpose.CREDITED:
            sheets.append(await self._credit_sheet(connection, merchant, due, now=now))
        if due.purpose is Purpose.GIFT and not sheets:
            raise NotWanted
        return msgspec.structs.replace(papers, sheets=tuple(sheets))

    async def _sheet(
        self, connection: Connection, papers: Papers, order: Order, gift: Gift, *, now: datetime
    ) -> Sheet | None:
        """Return the sheet of a gift, None when it cannot be given any more; what was reissued is not sent unasked.

        Nothing keeps it from being sent, and with the buyer's receipt it is as it was bought, whatever was spent of it:
        that is told to nobody.
        """
        merchant = papers.merchant
        if order.status in _TAKEN_BACK:
            return None
        standing = await standing_of(connection, self._deps, merchant.merchant_id, gift.certificate_id, order=order)
        if not standing.is_open(now):
            return None
        sheet = await sheet_of(connection, self._deps, merchant, standing)
        return as_bought(sheet, order) if papers.due.purpose is Purpose.RECEIPT else sheet

    async def _filled(
        self, connection: Connection, merchant_id: UUID, bought: Sequence[Order]
    ) -> dict[str, words.Filled]:
        """Return the certificates that orders reloaded or activated, under the numbers that they have now."""
        found = dict[str, words.Filled]()
        for order in bought:
            if order.fills_id is None:
                continue
            stands = await newest(connection, self._deps, merchant_id, order.fills_id)
            one = (await standing_of(connection, self._deps, merchant_id, stands)).certificate
            ends = await certificates.last_four_of(connection, merchant_id, [stands])
            found[order.order_number] = words.Filled(ends=ends.get(stands, ""), good_through=one.good_through)
        return found

    async def _credit_sheet(self, connection: Connection, merchant: Merchant, due: MailDue, *, now: datetime) -> Sheet:
        """Return the sheet of the credit that a mail tells of.

        Raises:
            NotWanted: it cannot be spent any more, or is blocked, or got a new number.
        """
        credit = await payments.credit_of_mail(connection, merchant.merchant_id, due.mail_id)
        if credit is None:
            raise NotWanted
        standing = await standing_of(connection, self._deps, merchant.merchant_id, credit.certificate_id)
        if not standing.can_be_given(now):
            raise NotWanted
        return await sheet_of(connection, self._deps, merchant, standing, locale=due.locale)

    async def _credited(self, papers: Papers, claimed: Claimed) -> Composed:
        [order] = [one for one in papers.bought if one.order_id == papers.due.order_id]
        [sheet], voice = papers.sheets, papers.voice
        gift = papers.found.get(order.order_number)
        said = words.credited(papers.due, order, gift, papers.merchant, voice)
        picture = await self._picture(papers, sheet)
        written = bodies(
            "credit",
            voice,
            accent=papers.theme.accent,
            shop=papers.letterhead,
            face=sheet.face,
            subject=said.subject,
            sentences=said.sentences,
            order_number=order.order_number,
            redeem_url=redeem_url(self._deps, sheet.face.barcode_text),
            picture=picture.content_id,
            face_said=words.face_said(sheet.face, voice),
        )
        pdf = Attachment(file_name=sheet.file_name, content=await typeset(self._deps, sheet))
        enclosed = [pdf, *await printed_documents(self._deps, papers.documents)]
        return composed(self._heading(papers, claimed, said.subject), written, enclosed, pictures=[picture])

    async def _gift(self, papers: Papers, claimed: Claimed) -> Composed:
        [sheet], [(order, _)] = papers.sheets, papers.given
        face, voice = sheet.face, papers.voice
        is_bonus = order.bonus_of is not None  # the shop gives it, to its own buyer: nobody else asked for it
        sender = "" if is_bonus else order.from_message or words.named_buyer(papers.checkout)
        picture = await self._picture(papers, sheet)
        written = bodies(
            "gift",
            voice,
            accent=papers.theme.accent,
            shop=papers.letterhead,
            face=face,
            sender=sender,
            is_bonus=is_bonus,
            because=words.because_of(order, papers.bought, papers.found, voice) if is_bonus else "",
            redeem_url=redeem_url(self._deps, face.barcode_text),
            picture=picture.content_id,
            face_said=words.face_said(sheet.face, voice),
        )
        subject = voice.t("A present for you from {sender}", sender=sender or papers.merchant.name)
        pdf = Attachment(file_name=sheet.file_name, content=await typeset(self._deps, sheet, Paper.A5))
        return composed(self._heading(papers, claimed, subject), written, [pdf], pictures=[picture])

    async def _picture(self, papers: Papers, sheet: Sheet) -> MailPicture:
        """Return the certificate as a picture within its mail, for whoever opens no attachment."""
        name = f"certificate.{papers.due.mail_id}@largesse"
        return MailPicture(content_id=name, content=await pictured(self._deps, sheet))

    async def _receipt(self, papers: Papers, claimed: Claimed, *, now: datetime) -> Composed:
        voice, merchant = papers.voice, papers.merchant
        withdraw = await self._withdraw(papers, now=now)
        lines = [
            words.line_of(
                order,
                papers.found.get(order.order_number),
                merchant,
                voice,
                filled=papers.filled.get(order.order_number),
            )
            for order in papers.bought
        ]
        written = bodies(
            "receipt",
            voice,
            accent=papers.theme.accent,
            shop=papers.letterhead,
            name=papers.checkout.billing.first_name,
            paid_on=words.paid_on(papers.checkout, merchant, voice, otherwise=now),
            lines=lines,
            totals=words.totals_of(papers.checkout, papers.bought, papers.found, voice),
            paid_by=words.paid_by(papers.checkout, voice),
            sold_by=words.sold_by(papers.seller, voice),
            billed=words.billed_to(papers.checkout.billing, voice),
            enclosed=len(papers.sheets),
            link=self._link(papers, now=now),
            withdraw=withdraw,
        )
        subject = voice.t("Your receipt from {merchant}", merchant=merchant.name)
        pdfs = [
            Attachment(file_name=sheet.file_name, content=await typeset(self._deps, sheet)) for sheet in papers.sheets
        ]
        enclosed = [
            *pdfs,
            *await printed_documents(self._deps, papers.documents),
            *words.legal_papers(papers.texts, voice),
        ]
        return composed(self._heading(papers, claimed, subject), written, enclosed)

    def _trouble(self, papers: Papers, claimed: Claimed, *, now: datetime) -> Composed:
        voice = papers.voice
        order = next((one for one in papers.bought if one.order_id == papers.due.order_id), None)
        gift = papers.found.get(order.order_number) if order else None
        if order is None or gift is None or gift.status is not GiftStatus.FAILED:
            raise NotWanted  # mended meanwhile
        whom = words.whom(order, gift, voice)
        written = bodies(
            "trouble",
            voice,
            accent=papers.theme.accent,
            shop=papers.letterhead,
            name=papers.checkout.billing.first_name,
            whom=whom,
            trouble=words.trouble_of(gift, voice),
            order_number=order.order_number,
            link=self._link(papers, now=now),
        )
        subject = voice.t("Your gift for {name} did not arrive", name=whom)
        return composed(self._heading(papers, claimed, subject), written)

    async def _taken_back(self, papers: Papers, claimed: Claimed) -> Composed:
        [order] = [one for one in papers.bought if one.order_id == papers.due.order_id]
        gift = papers.found.get(order.order_number)
        said = words.taken_back(papers.due, order, gift, papers.merchant, papers.voice)
        return self._note(
            papers, claimed, said, [order], enclosed=await printed_documents(self._deps, papers.documents)
        )

    def _returned(self, papers: Papers, claimed: Claimed) -> Composed:
        said = words.returned(papers.due, papers.checkout, papers.merchant, papers.voice)
        return self._note(papers, claimed, said, [one for one in papers.bought if one.bonus_of is None])

    def _replaced(self, papers: Papers, claimed: Claimed) -> Composed:
        said = words.replaced(papers.merchant, papers.voice)
        why = papers.voice.t("You get this mail because a gift certificate was mailed to this address before.")
        return self._note(papers, claimed, said, [], why=why)

    def _note(
        self,
        papers: Papers,
        claimed: Claimed,
        said: words.NoteText,
        about: Sequence[Order],
        *,
        why: str = "",
        enclosed: Sequence[Attachment] = (),
    ) -> Composed:
        written = bodies(
            "note",
            papers.voice,
            accent=papers.theme.accent,
            shop=papers.letterhead,
            subject=said.subject,
            sentences=said.sentences,
            order_number=papers.voice.listing([order.order_number for order in about]) if about else "",
            why=why or papers.voice.t("You get this mail because you bought something from us."),
        )
        return composed(self._heading(papers, claimed, said.subject), written, enclosed)

    async def _withdraw(self, papers: Papers, *, now: datetime) -> str:
        """Return where the reader withdraws; "" where nobody has that right, or it was not bought in the shop."""
        if all(one.channel is not Channel.RETAIL for one in papers.bought):
            return ""
        async with self._deps.database.connection() as connection:
            offered = await offers_withdrawal(connection, papers.merchant, now=now)
        return withdrawal_address(self._deps, papers.merchant, papers.checkout.checkout_id) if offered else ""

    def _link(self, papers: Papers, *, now: datetime) -> str:
        on_account = next((one for one in papers.bought if one.partner_id is not None), None)
        if on_account is not None:
            number = quote(on_account.order_number, safe="")
            return f"{self._deps.base_url}/partner/{on_account.partner_id}/orders/{number}"
        if not papers.found:  # nothing is on its way: what was reloaded is there
            return ""
        due = [gift.due_at for gift in papers.found.values()]
        return link_to_gifts(self._deps, papers.merchant.merchant_id, papers.checkout.checkout_id, due=due, now=now)

    def _heading(self, papers: Papers, claimed: Claimed, subject: str) -> Heading:
        said = {"subject": subject, "language": papers.voice.language, "sent_by": self._mail_from}
        return heading_of(papers.due, papers.merchant, claimed, **said)
