"""Receipts that are mailed from the counter to whoever asks for one: not too many, and each form once."""

from datetime import timedelta
from typing import Final

from largesse.domain.receipts import ReceiptFace
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import CounterFront
from largesse.services.counter import ReceiptAddressInvalid, mail_receipt
from largesse.web.errors import TooManyRequests
from largesse.web.shared_limits import SharedLimit

MAILS: Final = 40
"""How many receipts a device, or a person without one, mails within an hour."""
_TYPED_MAX: Final = 254


class MailedSlips:
    """Mail what was done."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front
        self._mails = SharedLimit(front.deps, "counter-mails", most=MAILS, within=timedelta(hours=1))

    async def mail(self, caller: CounterCaller, face: ReceiptFace) -> tuple[str, int]:
        """Mail a receipt to the address that was typed; return what is wrong with it, and the status of the answer."""
        voice, deps = self._front.voice(caller), self._front.deps
        try:
            await self._mails.take(str(caller.device_id or caller.person.person_id))
            await mail_receipt(
                deps,
                caller.merchant.merchant_id,
                face,
                address=caller.fields.get("email", "")[:_TYPED_MAX],
                operation_id=caller.operation,
                now=deps.clock.now(),
            )
        except TooManyRequests:
            return voice.t("Too many were mailed from here within the hour. Print it instead."), 429
        except ReceiptAddressInvalid:
            return voice.t("Type the whole e-mail address."), 422
        return "", 303
