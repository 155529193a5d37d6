"""Senders that send nothing: they keep what they were given and answer as they were told."""

from collections.abc import Callable

from largesse.outbox import Parcel, ReceiverAnswer


class KeepingSender:
    """Keep every parcel; `answer` decides what the receiver says to it, 200 unless told."""

    def __init__(self, answer: Callable[[Parcel], ReceiverAnswer] | None = None) -> None:
        self.answer = answer or (lambda _: ReceiverAnswer(status_code=200))
        self.parcels: list[Parcel] = []

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Keep the parcel and answer."""
        self.parcels.append(parcel)
        return self.answer(parcel)
