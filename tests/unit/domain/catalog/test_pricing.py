"""What a gift costs, over currencies with none, two and three decimals; and what a forged choice gets."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.catalog import (
    Availability,
    Bonus,
    BonusRule,
    Choice,
    Design,
    Gratuity,
    InvalidChoice,
    Offering,
    OfferingStatus,
    Validity,
    Words,
    bonus_for,
    choice_faults,
    price,
    priced,
    taxed_together,
)
from largesse.kernel.money import parse, plain
from largesse.kernel.tax import TaxKind, TaxTreatment, added_to, included_in
from tests.builders.catalog import NOW, a_draft, a_package, an_offering

CODES = st.sampled_from(["JPY", "USD", "BHD"])
AMOUNTS = st.integers(1_000, 100_000)
RATES = st.decimals(0, 1, places=6)
PERCENTS = st.decimals("0.01", 100, places=2)


def _half_up(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(code=CODES, amount=AMOUNTS, percent=PERCENTS, discount=st.integers(0, 200_000), rate=RATES)
def test_the_total_is_the_sum_with_tax_on_what_the_discount_leaves(
    code: str, amount: int, percent: Decimal, discount: int, rate: Decimal
) -> None:
    tax = TaxTreatment(kind=TaxKind.SALES_TAX, rate=rate)
    offering = an_offering(a_draft(tax=tax, gratuity=Gratuity(percents=(percent,))), currency=code)

    found = price(offering, Choice(amount=amount, tip_percent=percent), now=NOW, discount=discount)

    assert found.amount == amount
    assert found.discount == min(discount, amount)
    assert found.tip == _half_up(amount * percent / 100)
    assert (found.tax, found.included_tax) == (_half_up((amount - found.discount) * rate), 0)
    assert found.total == found.amount + found.tip - found.discount + found.tax
    assert found.total >= found.tip >= 0


@given(code=CODES, amount=AMOUNTS)
def test_an_amount_survives_being_written_and_read(code: str, amount: int) -> None:
    money = an_offering(currency=code).money
    assert parse(plain(amount, money), money).minor == amount


@given(
    amount=st.one_of(st.none(), st.integers(-(10**18), 10**18)),
    tip=st.integers(-(10**18), 10**18),
    percent=st.one_of(st.none(), st.decimals(-200, 200, places=2)),
    design=st.one_of(st.none(), st.sampled_from(Design)),
)
def test_whatever_is_chosen_is_priced_within_the_limits_or_refused(
    amount: int | None, tip: int, percent: Decimal | None, design: Design | None
) -> None:
    offering = an_offering(a_draft(designs=(Design.WINTER,)))
    choice = Choice(amount=amount, tip=tip, tip_percent=percent, design=design)

    if choice_faults(offering, choice, now=NOW):
        with pytest.raises(InvalidChoice):
            price(offering, choice, now=NOW)
        return
    found = price(offering, choice, now=NOW)
    assert 1_000 <= found.amount <= 100_000
    assert 0 <= found.tip <= max(10_000, found.amount // 5 + 1)
    assert design in {None, Design.WINTER}


@pytest.mark.parametrize(
    "choice, field, code",
    [
        (Choice(), "amount", "choice.amount.missing"),
        (Choice(amount=0), "amount", "choice.amount.too_small"),
        (Choice(amount=999), "amount", "choice.amount.too_small"),
        (Choice(amount=100_001), "amount", "choice.amount.too_large"),
        (Choice(amount=5_000, tip=-1), "tip", "choice.tip.invalid"),
        (Choice(amount=5_000, tip=10_001), "tip", "choice.tip.too_large"),
        (Choice(amount=5_000, tip_percent=Decimal(99)), "tip", "choice.tip.not_offered"),
        (Choice(amount=5_000, tip=1, tip_percent=Decimal(15)), "tip", "choice.tip.both"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused_beside_its_field(choice: Choice, field: str, code: str) -> None:
    [fault] = choice_faults(an_offering(), choice, now=NOW)
    assert (fault.field, fault.code) == (field, code)


def test_the_limits_are_told_in_money() -> None:
    [fault] = choice_faults(an_offering(), Choice(amount=1), now=NOW)
    assert fault.message == "Choose an amount from 10.00 to 1000.00 USD."


def test_presets_alone_leave_no_other_amount() -> None:
    offering = an_offering(a_draft(amount_min=None, amount_max=None))
    assert price(offering, Choice(amount=5_000), now=NOW).amount == 5_000
    [fault] = choice_faults(offering, Choice(amount=5_001), now=NOW)
    assert fault.code == "choice.amount.not_offered"


def test_a_preset_may_stand_outside_the_limits_of_the_free_amount() -> None:
    offering = an_offering(a_draft(presets=(500,)))
    assert price(offering, Choice(amount=500), now=NOW).amount == 500


def test_a_package_costs_what_it_costs_whatever_is_sent() -> None:
    package = an_offering(a_package())
    assert price(package, Choice(), now=NOW).amount == 12_000
    [fault] = choice_faults(package, Choice(amount=1), now=NOW)
    assert fault.code == "choice.amount.fixed"


def test_without_gratuity_none_can_be_forged_in() -> None:
    package = an_offering(a_package())
    for choice in (Choice(tip=1), Choice(tip_percent=Decimal(15))):
        assert [fault.code for fault in choice_faults(package, choice, now=NOW)] == ["choice.tip.not_offered"]
    assert price(package, Choice(tip_percent=Decimal(0)), now=NOW).tip == 0


def test_a_design_that_does_not_fit_is_refused() -> None:
    offering = an_offering(a_draft(designs=(Design.WINTER, Design.ENGRAVED)))
    assert offering.design_choices == (Design.WINTER, Design.ENGRAVED)
    [fault] = choice_faults(offering, Choice(amount=5_000, design=Design.BOTANICAL), now=NOW)
    assert fault.code == "choice.design"
    assert an_offering().design_choices == tuple(Design)


@pytest.mark.parametrize(
    "offering, expected",
    [
        (an_offering(), Availability.OPEN),
        (an_offering(a_draft(status=OfferingStatus.HIDDEN)), Availability.HIDDEN),
        (an_offering(a_draft(available_from=NOW)), Availability.OPEN),
        (an_offering(a_draft(available_from=NOW + timedelta(seconds=1))), Availability.NOT_YET),
        (an_offering(a_draft(available_until=NOW)), Availability.OVER),
        (an_offering(a_draft(available_until=NOW + timedelta(seconds=1))), Availability.OPEN),
        (an_offering(a_draft(stock=3), taken=2), Availability.OPEN),
        (an_offering(a_draft(stock=3), taken=3), Availability.SOLD_OUT),
        (an_offering(a_draft(stock=2), taken=3), Availability.SOLD_OUT),
    ],
)
def test_what_is_not_on_sale_cannot_be_priced(offering: Offering, expected: Availability) -> None:
    assert offering.availability(NOW) is expected
    faults = choice_faults(offering, Choice(amount=5_000), now=NOW)
    assert [fault.code for fault in faults] == ([] if expected is Availability.OPEN else [f"offering.{expected.value}"])


@pytest.mark.parametrize(
    "code, rate, amount, tax",
    [("JPY", "0.1", 105, 11), ("USD", "0.08875", 1_000, 89), ("BHD", "0.05", 1_050, 53), ("USD", "0", 999, 0)],
)
def test_half_a_smallest_unit_of_tax_is_rounded_up(code: str, rate: str, amount: int, tax: int) -> None:
    kind = TaxKind.SALES_TAX if Decimal(rate) else TaxKind.NONE
    offering = an_offering(a_draft(tax=TaxTreatment(kind=kind, rate=Decimal(rate))), currency=code)
    assert priced(offering, amount=amount).tax == tax


@given(amount=AMOUNTS, tip=st.integers(0, 10_000), discount=st.integers(0, 200_000), rate=RATES)
def test_tax_that_the_price_includes_is_never_added(amount: int, tip: int, discount: int, rate: Decimal) -> None:
    offering = an_offering(a_draft(tax=TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=rate)))
    found = priced(offering, amount=amount, tip=tip, discount=discount)
    assert (found.tax, found.included_tax) == (0, included_in(amount - found.discount, rate))
    assert found.total == amount + tip - found.discount


@pytest.mark.parametrize("kind", [TaxKind.NONE, TaxKind.MULTI_PURPOSE])
def test_no_tax_is_due_at_sale_of_what_has_none_or_several_purposes(kind: TaxKind) -> None:
    found = priced(an_offering(a_draft(tax=TaxTreatment(kind=kind, country="DE"))), amount=10_000)
    assert (found.tax, found.included_tax, found.total) == (0, 0, 10_000)


TREATMENTS = st.builds(
    TaxTreatment, kind=st.sampled_from(TaxKind), country=st.sampled_from(["DE", "FR"]), rate=st.sampled_from(
        [Decimal(0), Decimal("0.07"), Decimal("0.0825"), Decimal("0.19"), Decimal(1)]
    )
)  # fmt: skip


@given(st.lists(st.tuples(TREATMENTS, st.integers(1, 100_000), st.integers(0, 100_000)), max_size=12))
def test_gifts_paid_for_together_are_taxed_once_per_rate(wanted: list[tuple[TaxTreatment, int, int]]) -> None:
    each = [
        (tax, priced(an_offering(a_draft(tax=tax)), amount=amount, discount=discount))
        for tax, amount, discount in wanted
    ]
    together = taxed_together(each)

    assert [(one.amount, one.tip, one.discount) for one in together] == [
        (one.amount, one.tip, one.discount) for _, one in each
    ]
    for one in together:
        assert 0 <= one.included_tax <= one.amount - one.discount
        assert 0 <= one.tax <= one.amount - one.discount  # no rate is above 100 %
        assert not (one.tax and one.included_tax)
    for treatment in {tax for tax, _ in each}:
        mine = [one for one, (tax, _) in zip(together, each, strict=True) if tax == treatment]
        paid = sum(one.amount - one.discount for one in mine)
        added = added_to(paid, treatment.rate) if treatment.kind is TaxKind.SALES_TAX else 0
        included = included_in(paid, treatment.rate) if treatment.kind is TaxKind.SINGLE_PURPOSE else 0
        assert (sum(one.tax for one in mine), sum(one.included_tax for one in mine)) == (added, included)


def test_one_gift_is_taxed_alone_as_it_is_in_a_checkout() -> None:
    tax = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
    alone = priced(an_offering(a_draft(tax=tax)), amount=10_001, discount=3)
    assert taxed_together([(tax, alone)]) == [alone]


@pytest.mark.parametrize(
    "rule, amount, expected",
    [
        (BonusRule(threshold=10_000, amount=2_000, validity=Validity(months=3)), 9_999, None),
        (
            BonusRule(threshold=10_000, amount=2_000, validity=Validity(months=3)),
            10_000,
            Bonus(amount=2_000, validity=Validity(months=3)),
        ),
        (
            BonusRule(threshold=10_000, percent=Decimal("12.5")),
            10_004,
            Bonus(amount=1_251, validity=Validity()),
        ),
        (BonusRule(threshold=1, percent=Decimal("0.01")), 10, None),
        (None, 10_000, None),
    ],
)
def test_enough_of_an_amount_brings_a_bonus(rule: BonusRule | None, amount: int, expected: Bonus | None) -> None:
    assert bonus_for(an_offering(a_draft(bonus=rule)), amount) == expected


def test_words_come_in_the_readers_language_where_the_merchant_wrote_them() -> None:
    french = Words(title="Massage d’une heure")
    offering = an_offering(a_package(description="Sixty minutes", translations={"fr": french}))
    assert offering.words("fr-CA") == Words(title="Massage d’une heure", description="Sixty minutes", terms="")
    assert offering.words("de").title == "1 hr Massage"
