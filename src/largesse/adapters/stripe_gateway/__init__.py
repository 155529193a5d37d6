"""Card payments by Stripe: hosted Checkout, to which the buyer is sent. Card data never touches us (PCI SAQ A)."""

from largesse.adapters.stripe_gateway.accounts import StripeAccounts
from largesse.adapters.stripe_gateway.amounts import from_stripe, least_amount, to_stripe
from largesse.adapters.stripe_gateway.gateway import CHECKOUT_ORIGIN, STRIPE, StripeGateway, mode_of
