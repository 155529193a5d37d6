"""An offering's form: what it shows is read back as the same, in every language; what cannot be read is told."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.catalog import (
    FOREVER,
    BonusRule,
    Design,
    Gratuity,
    OfferingDraft,
    OfferingKind,
    Validity,
    Words,
)
from largesse.domain.catalog.checks import offering_faults
from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.catalogue.offering_form import (
    form_field,
    offering_text,
    read_offering,
    slug_of,
)
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ui import LANGUAGES, speak
from tests.builders.catalog import NOW, a_draft

MERCHANT = Merchant(
    merchant_id=new_id(NOW),
    slug="corner-spa",
    number="1001",
    prefix="GL",
    name="Corner Spa",
    currency="USD",
    time_zone="Europe/Berlin",
    contact_email="owner@example.com",
    is_demo=False,
    created_at=NOW,
)
CODES = ("USD", "JPY", "KWD", "EUR")

FIELDS = sorted(offering_text(a_draft(), MERCHANT, currency("USD"), speak("en")))

words = st.text("abc ß-&<>'\"é", min_size=1, max_size=20).map(lambda text: " ".join(text.split())).filter(bool)
amounts = st.integers(1, 10**9)
percents = st.integers(1, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)
validities = st.one_of(
    st.just(FOREVER),
    st.integers(1, 1200).map(lambda months: Validity(months=months)),
    st.integers(1, 36_525).map(lambda days: Validity(days=days)),
)
moments = st.one_of(
    st.none(),
    # hours that no clock is put back over
    st.integers(0, 300).map(lambda days: (NOW + timedelta(days=days)).replace(second=0, microsecond=0)),
)
taxes = st.one_of(
    st.just(TaxTreatment()),
    percents.map(lambda rate: TaxTreatment(kind=TaxKind.SALES_TAX, country="US", rate=rate / 100)),
    percents.map(lambda rate: TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=rate / 100)),
    st.sampled_from(["DE", None]).map(lambda country: TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country=country)),
)
bonuses = st.one_of(
    st.none(),
    st.builds(BonusRule, threshold=amounts, amount=amounts, validity=validities, gift_description=words),
    st.builds(BonusRule, threshold=amounts, percent=percents, validity=validities),
)


@st.composite
def drafts(draw: st.DrawFn) -> OfferingDraft:
    """Offerings of every kind that could be saved."""
    kind, tax = draw(st.sampled_from(OfferingKind)), draw(taxes)
    is_amount = kind is OfferingKind.AMOUNT
    low = draw(amounts)
    rates = draw(st.lists(percents, unique=True, max_size=4)) if tax.kind is TaxKind.MULTI_PURPOSE else []
    start: datetime | None = draw(moments)
    return OfferingDraft(
        slug="a-thing",
        kind=kind,
        title=draw(words),
        description=draw(words),
        terms=draw(words),
        translations=draw(
            st.dictionaries(st.sampled_from(["de", "fr", "es"]), st.builds(Words, title=words, terms=words))
        ),
        presets=tuple(draw(st.lists(amounts, min_size=1, max_size=5, unique=True))) if is_amount else (),
        amount_min=low if is_amount else None,
        amount_max=low * 2 if is_amount else None,
        price=None if is_amount else low,
        tax=tax,
        redemption_rates=tuple(rate / 100 for rate in rates),
        gratuity=Gratuity(
            percents=tuple(draw(st.lists(percents, unique=True, max_size=4))),
            tip_max=draw(st.one_of(st.none(), amounts)),
        ),
        validity=draw(validities),
        available_from=start,
        available_until=start + timedelta(days=1) if start else None,
        stock=draw(st.one_of(st.none(), st.integers(0, 10**6))),
        sort=7,
        designs=tuple(draw(st.lists(st.sampled_from(Design), unique=True, max_size=4))),
        picture_id=draw(st.one_of(st.none(), st.uuids())),
        bonus=draw(bonuses),
    )


@given(drafts(), st.sampled_from(CODES), st.sampled_from(LANGUAGES))
def test_what_a_form_shows_is_read_back_as_the_same_offering(draft: OfferingDraft, code: str, language: str) -> None:
    money, voice = currency(code), speak(language)
    fields = offering_text(draft, MERCHANT, money, voice)
    read, faults = read_offering(fields, draft, MERCHANT, money, voice)
    assert faults == {}
    assert read == draft


@given(
    st.dictionaries(
        st.sampled_from(sorted(offering_text(a_draft(), MERCHANT, currency("USD"), speak("en")))), st.text()
    )
)
def test_whatever_is_typed_the_form_is_read_or_says_what_is_wrong(fields: dict[str, str]) -> None:
    money, voice = currency("USD"), speak("en")
    draft, faults = read_offering(fields, a_draft(), MERCHANT, money, voice)
    known = offering_text(draft, MERCHANT, money, voice)
    assert set(faults) <= set(known)
    assert {form_field(one.field) for one in offering_faults(draft, money)} <= set(known) | {"designs"}


@pytest.mark.parametrize(
    "title, slug",
    [
        ("1 hr Massage", "1-hr-massage"),
        ("Ein Nachmittag zu zweit!", "ein-nachmittag-zu-zweit"),
        ("Größe", "grosse"),
        ("★", ""),
    ],
)
def test_an_address_is_made_of_a_title(title: str, slug: str) -> None:
    assert slug_of(title) == slug
