"""What can go wrong with merchants."""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class InvalidMerchant(InvalidInput):
    """Refuse a merchant whose details cannot stand, naming every field that is wrong."""

    code = "merchant.invalid"
    message = "This merchant cannot be saved as it is. Correct the fields listed and try again."


class MerchantTaken(Conflict):
    """Another merchant of this installation already has the slug, number or prefix."""

    code = "merchant.taken"


class MerchantUnknown(NotFound):
    """No merchant has that slug or number."""

    code = "merchant.unknown"
    message = "There is no merchant by that slug or number. `largesse merchant list` shows them all."
