"""Totals: the same law for every currency, tip, discount and tax."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.catalog import BonusRule, Choice, Design, Gratuity, Offering
from largesse.domain.orders import DeliveryMethod
from largesse.kernel.currency import currency
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.services.checkout import GiftPlan, quote
from tests.builders.catalog import a_draft, a_promo, an_offering

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
amounts = st.integers(1_000, 100_000)
tips: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), st.just({"tip_percent": Decimal(15)}), st.integers(0, 10_000).map(lambda tip: {"tip": tip})
)
rates = st.sampled_from([Decimal(0), Decimal("0.0825"), Decimal("0.19"), Decimal(1)])
codes = st.sampled_from(["USD", "JPY", "BHD"])
promos = st.one_of(
    st.none(),
    st.builds(lambda percent: {"percent": Decimal(percent)}, st.integers(1, 100)),
    st.builds(lambda amount: {"amount": amount}, st.integers(1, 300_000)),
)


def a_plan(offering: Offering, **choice: Any) -> GiftPlan:
    return GiftPlan(
        gift_id=uuid4(),
        offering=offering,
        choice=Choice(design=Design.BOTANICAL, **choice),
        design=Design.BOTANICAL,
        locale="en",
        to="Ada",
        sender="Grace",
        message="",
        first_name="Ada",
        last_name="",
        email="ada@example.com",
        delivery=DeliveryMethod.EMAIL,
    )


@given(st.lists(st.tuples(amounts, tips), min_size=1, max_size=4), st.sampled_from(TaxKind), rates, codes, promos)
def test_every_total_is_amount_and_tip_less_discount_and_tax(
    wanted: list[tuple[int, dict[str, Any]]], kind: TaxKind, rate: Decimal, code: str, promo: dict[str, Any] | None
) -> None:
    money = currency(code)
    tax = TaxTreatment(kind=kind, country="DE", rate=rate)
    offering = an_offering(a_draft(tax=tax), currency=code)
    plans = [a_plan(offering, amount=amount, **tip) for amount, tip in wanted]
    found, fault = quote(plans, currency=money, promo=a_promo(currency=code, **promo) if promo else None, now=NOW)
    assert fault is None
    for gift, (amount, _) in zip(found.gifts, wanted, strict=True):
        priced = gift.priced
        assert priced.amount == amount
        assert 0 <= priced.discount <= amount
        assert priced.total == amount + priced.tip - priced.discount + priced.tax
    assert found.total.minor == sum(gift.priced.total for gift in found.gifts)
    parts = {part: found.sum_of(part).minor for part in ("amount", "tip", "discount", "tax", "included_tax")}
    paid = parts["amount"] - parts["discount"]
    assert (parts["tax"], parts["included_tax"]) == (tax.added(paid), tax.included(paid))
    assert found.total.minor == parts["amount"] + parts["tip"] - parts["discount"] + parts["tax"]


def test_a_code_that_does_not_hold_lets_nothing_off_and_says_why() -> None:
    offering = an_offering(a_draft(tax=UNTAXED))
    plans = [a_plan(offering, amount=5_000)]
    found, fault = quote(plans, currency=currency("USD"), promo=a_promo(amount_min=6_000), now=NOW)
    assert fault is not None
    assert (fault.field, fault.kind) == ("promo", "promo.amount")
    assert found.promo is None
    assert found.total.minor == 5_000


def test_a_bonus_comes_with_the_gift_and_is_not_charged() -> None:
    offering = an_offering(a_draft(tax=UNTAXED, gratuity=Gratuity(), bonus=BonusRule(threshold=10_000, amount=2_000)))
    found, _ = quote([a_plan(offering, amount=10_000)], currency=currency("USD"), now=NOW)
    assert found.gifts[0].bonus is not None
    assert found.gifts[0].bonus.amount == 2_000
    assert found.total.minor == 10_000
