from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.partners import (
    AgreementDisabled,
    AgreementSuspended,
    CreditBook,
    CreditExhausted,
    OrderInvalid,
    Terms,
    refusal,
)
from largesse.kernel.currency import Currency, currency
from tests.builders.partners import an_agreement

USD, EUR = currency("USD"), currency("EUR")


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
        taken = book.take(agreement.merchant_id, agreement.partner_id, money, amount) is None
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
        assert book.take(one.merchant_id, one.partner_id, USD, 500_00) is None
    assert len(book.used) == 2


def test_the_state_of_an_agreement_is_told_before_anything_else() -> None:
    assert isinstance(refusal(None, USD, 1), AgreementDisabled)
    assert isinstance(refusal(an_agreement(enabled=False, suspended=True), EUR, 10**9), AgreementDisabled)
    assert isinstance(refusal(an_agreement(suspended=True), EUR, 10**9), AgreementSuspended)


def test_fields_are_told_before_credit() -> None:
    agreement = an_agreement(terms={"USD": Terms(amount_max=100, credit_limit=50)})
    assert isinstance(refusal(agreement, EUR, 60), OrderInvalid)
    assert isinstance(refusal(agreement, USD, 101), OrderInvalid)
    assert isinstance(refusal(agreement, USD, 60), CreditExhausted)
    assert refusal(agreement, USD, 50) is None


def test_nobody_orders_without_an_agreement() -> None:
    assert isinstance(CreditBook({}).take(uuid4(), uuid4(), USD, 1), AgreementDisabled)
