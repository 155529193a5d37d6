"""What can go wrong where two persons are needed.

InvalidInput ├── LimitInvalid
NotFound     ├── RequestUnknown
Conflict     ├── RequestDecided, RequestLapsed, RequestChanged, NobodyToAsk
Forbidden    └── RequestOwn, RequestForSelf, RequestTooClose
"""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class LimitInvalid(InvalidInput):
    """Refuse a limit that is no amount."""

    code = "limit.invalid"
    message = "A limit is an amount of the merchant's currency from 0 on, or none."


class RequestUnknown(NotFound):
    """The merchant has no such request."""

    code = "request.unknown"
    message = "There is no such request. `largesse request list` shows those that wait."


class RequestDecided(Conflict):
    """Somebody has decided a request before."""

    code = "request.decided"
    message = "Somebody has decided this request already. Look at it again."


class RequestLapsed(Conflict):
    """A request was not decided in time, or whoever asked works here no more."""

    code = "request.lapsed"
    message = (
        "This request counts no more: it waited for seven days, or whoever asked has left. It has to be made anew."
    )


class RequestChanged(Conflict):
    """Something that a request showed is different now."""

    code = "request.changed"
    message = "Something happened to the certificate since this was asked for, so it was refused. Ask anew."


class NobodyToAsk(Conflict):
    """Nobody could give the word that somebody at a till waits for."""

    code = "request.nobody_to_ask"
    message = "Nobody else may approve this just now: it takes another manager or owner, who has nothing to do with it."


class RequestOwn(Forbidden):
    """Somebody decides what they asked for themselves."""

    code = "request.own"
    message = (
        "This takes another person than who asked. Where there is nobody else, it may be confirmed alone after a day."
    )


class RequestForSelf(Forbidden):
    """Somebody decides about a certificate that they bought, or that was given to them."""

    code = "request.for_self"
    message = "This certificate was bought with your address or is for it. Somebody else decides."


class RequestTooClose(Forbidden):
    """Somebody decides for whoever invited them a short while ago, or gave them their role or PIN."""

    code = "request.too_close"
    message = (
        "Whoever asked invited you or changed your role or sign-in less than seven days ago. Somebody else decides."
    )
