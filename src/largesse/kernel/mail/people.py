"""E-mail addresses as people write them."""

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from largesse.kernel.errors import InvalidInput


class EmailInvalid(InvalidInput):
    """A text that is no e-mail address."""

    code = "email.invalid"
    message = "That is not an e-mail address. Write it like name@example.com."


class EmailNotCarried(InvalidInput):
    """An address that some mail servers cannot carry, where every mail would hold it."""

    code = "email.not_carried"
    message = (
        "Before the @, use only unaccented letters, digits and signs: this address stands in every mail, and many mail "
        "servers carry no others."
    )


@lru_cache(2048)
def read_email(text: str, *, in_every_mail: bool = False, for_trials: bool = False) -> str:
    """Return an address in its normal form. Remembered: a form's way from draft to order asks several times.

    Whether mail arrives there is not asked: that needs the network. An address `in_every_mail` is one that others
    answer to, so that every server on the way must carry it; its domain may have any letters (`kernel.domain_names`).
    `for_trials` lets `.test` through.

    Raises:
        EmailInvalid: it is no address.
        EmailNotCarried: it stands in every mail, and has letters beyond ASCII before the @.
    """
    try:
        found = validate_email(text, check_deliverability=False, test_environment=for_trials)
    except EmailNotValidError as error:
        raise EmailInvalid from error
    if "=?" in found.local_part:  # some readers decode that as an encoded word (RFC 2047): into other addresses
        raise EmailInvalid
    if in_every_mail and not found.local_part.isascii():
        raise EmailNotCarried
    return found.normalized
