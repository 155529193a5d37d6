"""What a postal address has, by country (ISO 3166)."""

from typing import Final

import phonenumbers

COUNTRIES: Final[frozenset[str]] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Every country and territory that somebody can be reached in."""

HAVE_STATES: Final[frozenset[str]] = frozenset({"AU", "BR", "CA", "IN", "MX", "US"})
"""Where an address is not whole without its state or province."""

WITHOUT_ZIP: Final[frozenset[str]] = frozenset(
    (
        *("AE", "AG", "AO", "AW", "BF", "BI", "BJ", "BO", "BS", "BW", "BZ", "CD", "CF", "CG"),
        *("CI", "CK", "CM", "CW", "DJ", "DM", "ER", "FJ", "GA", "GD", "GH", "GM", "GN", "GQ"),
        *("GY", "HK", "JM", "KI", "KM", "KN", "KP", "LC", "LY", "ML", "MO", "MR", "MW", "NA"),
        *("NR", "NU", "PA", "QA", "RW", "SB", "SC", "SL", "SR", "ST", "SX", "SY", "TD", "TF"),
        *("TG", "TK", "TL", "TO", "TT", "TV", "UG", "VU", "YE", "ZW"),
    )
)
"""Where mail goes without a postal code."""
