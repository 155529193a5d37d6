"""A Stripe account for the services that collect money and give it back."""

from collections.abc import Iterator

import pytest

from tests.support.stripe_account import StripeAccount, stripe_account


@pytest.fixture(scope="module")
def running() -> Iterator[StripeAccount]:
    """A stand-in for Stripe in a process of its own, for all tests of a module."""
    with stripe_account() as account:
        yield account


@pytest.fixture
def account(running: StripeAccount) -> StripeAccount:
    """The same, without anything that another test has asked of it."""
    running.settings(callback_url=None, secrets=[], callbacks=1, delay_s=0.0, fail_next=0, lose_next=0)
    running.settings(refund_status="succeeded")
    return running
