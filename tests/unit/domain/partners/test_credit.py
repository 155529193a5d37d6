from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.partners import (
    Agreement,
    AgreementDisabled,
    AgreementSuspended,
    Contact,
    CreditBook,
    CreditExhausted,
    OrderInvalid,
    OtherRefcodes,
    Terms,
    refusal,
)
from largesse.kernel.currency import Currency, currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from tests.builders.partners import an_agreement

USD, EUR = currency("USD"), currency("EUR")
SPA = Contact(name="The Spa", email="owner@spa.example")


def refused(agreement: Agreement | None, amount: Money, refcode: str | None = None) -> LargesseError | None:
    return refusal(agreement, amount, refcode=refcode, contact=SPA)


@given(
    st.integers(0, 2000),
    st.integers(0, 2500),
    st.integers(1, 500),
    st.lists(st.tuples(st.integers(1, 700), st.sampled_from([USD, EUR])), max_size=30),
)
def test_a_batch_is_decided_as_the_orders_would_be_one_by_one(
    limit: int, used: int, amount_max: int, orders: list[tuple[int, Currency]]
) -> None:
    agreement = an_agreement(terms={"USD": Terms(amount_max=amount_max, credit_limit=limit, credit_used=used)})
    book = CreditBook({(agreement.merchant_id, agreement.partner_id): agreement})
    left = limit - used
    for amount, money in orders:
        taken = book.take(agreement.merchant_id, agreement.partner_id, Money(amount, money)) is None
        assert taken == (money is USD and amount <= amount_max and amount <= left)
        left -= amount if taken else 0
    key = (agreement.merchant_id, agreement.partner_id, "USD")
    assert book.used.get(key, 0) == limit - used - left
    assert set(book.used) <= {key}
    assert book.used.get(key, 1) > 0
    assert agreement.terms["USD"].credit_used == used, "the agreement that was given is left alone"


def test_partners_do_not_share_credit() -> None:
    first, second = an_agreement(), an_agreement()
    book = CreditBook({(one.merchant_id, one.partner_id): one for one in (first, second)})
    for one in (first, second):
        assert book.take(one.merchant_id, one.partner_id, Money(500_00, USD)) is None
    assert len(book.used) == 2


def test_the_state_of_an_agreement_is_told_before_anything_else() -> None:
    assert isinstance(refused(None, Money(1, USD)), AgreementDisabled)
    assert isinstance(refused(an_agreement(enabled=False, suspended=True), Money(10**9, EUR)), AgreementDisabled)
    assert isinstance(refused(an_agreement(suspended=True), Money(10**9, EUR)), AgreementSuspended)


def test_fields_are_told_before_credit() -> None:
    agreement = an_agreement(terms={"USD": Terms(amount_max=100, credit_limit=50)})
    assert isinstance(refused(agreement, Money(60, EUR)), OrderInvalid)
    assert isinstance(refused(agreement, Money(101, USD)), OrderInvalid)
    assert isinstance(refused(agreement, Money(60, USD)), CreditExhausted)
    assert refused(agreement, Money(50, USD)) is None


def test_nobody_orders_without_an_agreement() -> None:
    assert isinstance(CreditBook({}).take(uuid4(), uuid4(), Money(1, USD)), AgreementDisabled)


def test_a_refusal_says_whom_to_ask() -> None:
    agreement = an_agreement(terms={"USD": Terms(amount_max=100, credit_limit=50)})
    refusals = [
        refused(an_agreement(enabled=False), Money(1, USD)),
        refused(an_agreement(suspended=True), Money(1, USD)),
        refused(agreement, Money(60, USD)),
    ]
    for error in refusals:
        assert error is not None
        assert error.message.endswith("Contact The Spa: owner@spa.example.")
    for amount in (Money(1, EUR), Money(101, USD)):
        error = refused(agreement, amount)
        assert isinstance(error, OrderInvalid)
        assert error.fields[0].message.endswith("Contact The Spa: owner@spa.example.")


def test_an_agreement_may_hold_to_its_refcodes() -> None:
    agreement = an_agreement(refcodes=("SPRING", "AUTUMN"), other_refcodes=OtherRefcodes.REFUSE)
    assert refused(agreement, Money(1, USD), "SPRING") is None
    error = refused(agreement, Money(1, USD), "spring")
    assert isinstance(error, OrderInvalid)
    assert [(fault.field, fault.code) for fault in error.fields] == [("refcode", "refcode.not_agreed")]


def test_another_refcode_is_accepted_where_the_agreement_says_so() -> None:
    agreement = an_agreement(refcodes=("SPRING",), other_refcodes=OtherRefcodes.ACCEPT)
    assert refused(agreement, Money(1, USD), "OTHER") is None
    assert refused(an_agreement(other_refcodes=OtherRefcodes.REFUSE), Money(1, USD), "ANY") is None
