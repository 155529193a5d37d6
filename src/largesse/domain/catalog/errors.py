"""What can go wrong with the catalogue.

InvalidInput
├── InvalidOffering      offering.invalid
├── InvalidPromoCode     promo.invalid
├── InvalidTheme         theme.invalid
├── InvalidCatalogue     catalogue.invalid        a seed file, with every fault in it
├── InvalidChoice        choice.invalid           a buyer chose what is not on sale
└── PictureRefused       picture.refused          and one class per reason, all in pictures.py
NotFound
├── OfferingUnknown      offering.unknown
├── PictureUnknown       picture.unknown
├── CatalogueDraftUnknown catalogue.draft.unknown
└── PromoUnknown         promo.unknown
Conflict
├── CatalogueChanged     catalogue.changed        two people change the same
├── OfferingTaken        offering.taken
├── SoldOut              offering.sold_out
├── PictureInUse         picture.in_use
├── PromoTaken           promo.taken
└── PromoRefused         promo.refused            and one class per reason, all in promos.py
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class InvalidOffering(InvalidInput):
    """Refuse an offering whose details cannot stand, naming every field that is wrong."""

    code = "offering.invalid"
    message = "This offering cannot be saved as it is. Correct the fields listed and try again."


class InvalidPromoCode(InvalidInput):
    """Refuse a promo code whose details cannot stand, naming every field that is wrong."""

    code = "promo.invalid"
    message = "This promo code cannot be saved as it is. Correct the fields listed and try again."


class InvalidTheme(InvalidInput):
    """Refuse a theme whose details cannot stand, naming every field that is wrong."""

    code = "theme.invalid"
    message = "This theme cannot be saved as it is. Correct the fields listed and try again."


class InvalidCatalogue(InvalidInput):
    """Refuse a seed file, naming every fault in it; nothing of it was saved."""

    code = "catalogue.invalid"
    message = "This file cannot be loaded, and nothing of it was. Correct the entries listed and load it again."


class InvalidChoice(InvalidInput):
    """Refuse a buyer's choice that the offering does not give, naming every field that is wrong."""

    code = "choice.invalid"
    message = "This gift cannot be bought as it is. Correct the fields listed."


class OfferingUnknown(NotFound):
    """The merchant has no such offering."""

    code = "offering.unknown"
    message = "There is no offering by that name. It may have been renamed; choose one of those that are shown."


class OfferingTaken(Conflict):
    """The merchant already has an offering of that slug."""

    code = "offering.taken"
    message = "Another offering already has that slug. Choose another, or change that one."


class SoldOut(Conflict):
    """There is not as much left of an offering as was asked for."""

    code = "offering.sold_out"
    message = "There are not that many left. Take fewer, or choose something else."


class PromoUnknown(NotFound):
    """The merchant has no such promo code."""

    code = "promo.unknown"
    message = "There is no promo code by that name. Check how it is written."


class PromoTaken(Conflict):
    """The merchant has that promo code already."""

    code = "promo.taken"
    message = "There is a promo code by that name already. Choose another, or stop that one first."


class PictureInUse(Conflict):
    """Refuse to remove a picture that is shown, naming where."""

    code = "picture.in_use"
    message = "This picture is still shown somewhere. Take it away there first."


class PictureUnknown(NotFound):
    """The merchant has no such picture."""

    code = "picture.unknown"
    message = "There is no picture by that name. `largesse catalog picture add` uploads one and prints its id."


class CatalogueChanged(Conflict):
    """Somebody else has changed the same meanwhile."""

    code = "catalogue.changed"
    message = "Somebody else has changed this meanwhile, and nothing was saved. Look at what it is now, and save again."


class CatalogueDraftUnknown(NotFound):
    """Nothing of it is being changed."""

    code = "catalogue.draft.unknown"
    message = "There is no draft of that. It was published or dropped already."
