"""How long a gift is good, in the words of each language."""

from datetime import date

import pytest

from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.gift_view import validity_words
from largesse.kernel.validity import FOREVER, Validity
from largesse.ui import speak


@pytest.mark.parametrize(
    "language, validity, words",
    [
        ("en", FOREVER, "No expiry date"),
        ("de", FOREVER, "Kein Ablaufdatum"),
        ("fr", FOREVER, "Sans date d’expiration"),
        ("es", FOREVER, "Sin fecha de caducidad"),
        ("en", Validity(months=12), "Good for 1 year, through 28 November 2027"),
        ("de", Validity(months=36), "3 Jahre gültig, bis 28. November 2029"),
        ("es", Validity(months=60), "Válido 5 años, hasta el 28 de noviembre de 2031"),
        ("en", Validity(months=18), "Good for 18 months, through 28 May 2028"),
        ("fr", Validity(months=1), "Valable 1 mois, jusqu’au 28 décembre 2026"),
        ("en", Validity(days=1), "Good for 1 day, through 29 November 2026"),
        ("de", Validity(days=90), "90 Tage gültig, bis 26. Februar 2027"),
    ],
)
def test_validity_is_said_in_words(language: str, validity: Validity, words: str) -> None:
    voice = speak(language, folders=(FOLDER / "locale",))
    assert validity_words(validity, voice, issued_on=date(2026, 11, 28)) == words
