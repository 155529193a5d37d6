"""What can go wrong with a payment account.

NotFound
└── PaymentAccountNotFound     the merchant has no account of that id
InvalidInput
├── PaymentKeyInvalid          it does not look like a key of the provider
│   ├── PaymentKeyRefused      the provider does not know it, or no longer
│   └── PaymentKeyTooNarrow    the provider knows it, and it may not do what is needed
├── SigningSecretInvalid       it does not look like what callbacks are signed with
└── PaymentLabelInvalid        it cannot be shown
Conflict
├── PaymentAccountKnown        the merchant has it already
├── PaymentAccountOther        the new key is of another account
├── PaymentAccountRetired      it takes no new payments
├── PaymentAccountNotReady     nothing is known yet to check its callbacks by
├── PaymentAccountInactive     the provider does not let it charge
├── PaymentAccountTestMode     it takes no real money, and here certificates are real
└── CallbackNotRegistered      the provider does not take our address
"""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class PaymentAccountNotFound(NotFound):
    """The merchant has no payment account of that id."""

    code = "payment.account.not_found"
    message = "The merchant has no payment account of that id. `largesse payment account list` shows those it has."


class PaymentKeyInvalid(InvalidInput):
    """A secret key does not look like one."""

    code = "payment.account.key.invalid"
    message = "This is not a secret key of the payment provider. Stripe's begin with sk_live_, rk_live_ or with _test_."


class PaymentKeyRefused(PaymentKeyInvalid):
    """The provider refuses a secret key."""

    code = "payment.account.key.refused"
    message = "The payment provider does not know this key, or it was revoked. Make a new one there. Nothing was saved."


class PaymentKeyTooNarrow(PaymentKeyInvalid):
    """A secret key lacks a right."""

    code = "payment.account.key.too_narrow"
    message = (
        "The payment provider knows this key, but it may not do all that is needed. Let it read the account and write "
        "Checkout Sessions and Refunds, and Webhook Endpoints for --register. Nothing was saved."
    )


class SigningSecretInvalid(InvalidInput):
    """A signing secret does not look like one."""

    code = "payment.account.signing_secret.invalid"
    message = "This is not the signing secret of a webhook endpoint. Stripe's begin with whsec_."


class PaymentLabelInvalid(InvalidInput):
    """A label cannot be shown."""

    code = "payment.account.label.invalid"
    message = "Give the account a label of 1 to 120 characters on one line."


class PaymentAccountKnown(Conflict):
    """The merchant has this account already."""

    code = "payment.account.known"
    message = "The merchant has this account already. To change its key: `largesse payment account rotate`."


class PaymentAccountOther(Conflict):
    """A new key is of another account than the old one, which has to refund its payments."""

    code = "payment.account.other"
    message = (
        "This key is of another account or mode. Add it as an account of its own, and retire this one: its payments "
        "are refunded through it. Nothing was saved."
    )


class PaymentAccountRetired(Conflict):
    """A retired account takes no new payments."""

    code = "payment.account.retired"
    message = "This account is retired: it serves refunds and disputes, and takes no new payments. Add it anew."


class PaymentAccountNotReady(Conflict):
    """An account has no signing secret yet, so nothing that its provider tells could be believed."""

    code = "payment.account.not_ready"
    message = (
        "The signing secret of this account's callbacks is missing. Enter its address at the payment provider, and the "
        "secret by `largesse payment account rotate --signing-secret`."
    )


class PaymentAccountInactive(Conflict):
    """The provider does not let an account charge."""

    code = "payment.account.charges_disabled"
    message = "The payment provider does not let this account take payments yet. Finish its activation there."


class PaymentAccountTestMode(Conflict):
    """A key takes no real money where certificates are real."""

    code = "payment.account.test_mode"
    message = "This key is of test mode and takes no real money, and what is bought here is real. --test-mode takes it."


class CallbackNotRegistered(Conflict):
    """The provider does not take our callback address."""

    code = "payment.account.not_registered"
    message = (
        "The payment provider does not take the address of our callbacks: it has to be public and https. Nothing was "
        "saved. Without --register you can enter it there yourself."
    )
