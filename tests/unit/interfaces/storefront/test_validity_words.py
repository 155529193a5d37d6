"""How long a gift is good, in the words of each language."""

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
        ("en", Validity(months=12), "Good for 1 year from the day of issue"),
        ("de", Validity(months=36), "3 Jahre ab dem Tag der Ausstellung gültig"),
        ("es", Validity(months=60), "Válido 5 años desde el día de emisión"),
        ("en", Validity(months=18), "Good for 18 months from the day of issue"),
        ("fr", Validity(months=1), "Valable 1 mois à compter du jour d’émission"),
        ("en", Validity(days=1), "Good for 1 day from the day of issue"),
        ("de", Validity(days=90), "90 Tage ab dem Tag der Ausstellung gültig"),
    ],
)
def test_validity_is_said_in_words(language: str, validity: Validity, words: str) -> None:
    assert validity_words(validity, speak(language, folders=(FOLDER / "locale",))) == words
