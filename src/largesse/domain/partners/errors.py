"""What can go wrong with partners.

InvalidInput    ├── PartnerInvalid, OrderInvalid
NotFound        ├── PartnerUnknown, UserUnknown, KeyUnknown
Conflict        ├── PartnerTaken, UserTaken, PartnerChanged, PartnerKeyKnown
Unauthenticated ├── AccessDenied
Forbidden       └── AgreementDisabled, AgreementSuspended, CreditExhausted, SpendingLimitReached
"""

from largesse.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated


class PartnerInvalid(InvalidInput):
    """Refuse a partner, agreement or user whose details cannot stand, naming every field that is wrong."""

    code = "partner.invalid"
    message = "This cannot be saved as it is. Correct the fields listed and try again."


class PartnerUnknown(NotFound):
    """The merchant has no such partner."""

    code = "partner.unknown"
    message = "There is no partner by that name or id. `largesse partner list` shows them all."


class UserUnknown(NotFound):
    """The partner has no such user."""

    code = "partner.user_unknown"
    message = "There is no user with that e-mail address. `largesse partner show` lists them."


class KeyUnknown(NotFound):
    """The partner has no such live key."""

    code = "partner.key_unknown"
    message = "There is no live API key that ends like that, or more than one. `largesse partner show` lists them."


class PartnerTaken(Conflict):
    """The merchant has a partner of that name."""

    code = "partner.taken"
    message = "This merchant already has a partner of that name. Choose another name."


class UserTaken(Conflict):
    """The merchant already knows a user with that e-mail address."""

    code = "partner.user_taken"
    message = "A user with that e-mail address already exists at this merchant. Use another address."


class PartnerChanged(Conflict):
    """Somebody else has changed the partner meanwhile."""

    code = "partner.changed"
    message = "Somebody else has changed this partner meanwhile, and nothing was saved. Look at it, and save again."


class PartnerKeyKnown(Conflict):
    """A key was made under that id before, and was shown then."""

    code = "partner.key_made"
    message = "This key was made a moment ago and shown once. Where it is lost, revoke it and make another."


class AccessDenied(Unauthenticated):
    """Key, token, e-mail or password are not valid; never which of them."""

    code = "partner.access_denied"
    message = "The credentials are not valid. Check the API key, and ask for a new access token."


class AgreementDisabled(Forbidden):
    """There is no agreement in force to order on account."""

    code = "agreement.disabled"
    message = "Ordering on account is not enabled for you. Ask the merchant for an agreement."


class AgreementSuspended(Forbidden):
    """The agreement is held for a while."""

    code = "agreement.suspended"
    message = "Your agreement is suspended. Ask the merchant why; open invoices are the usual reason."


class CreditExhausted(Forbidden):
    """The order does not fit in what is left of the credit."""

    code = "agreement.credit_exhausted"
    message = "The order does not fit in the credit that is left. Settle open invoices, or ask for a higher limit."


class SpendingLimitReached(Forbidden):
    """The order does not fit in what a person or key may still order this month."""

    code = "agreement.spending_limit"
    message = "The order does not fit in what this key or person may still order this month. Ask for a higher limit."


class OrderInvalid(InvalidInput):
    """Refuse an order on account, naming every field that is wrong."""

    code = "order.invalid"
    message = "The order cannot be accepted as it is. Correct the fields listed and send it again."
