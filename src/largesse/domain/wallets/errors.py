"""What can be wrong with the keys of a wallet."""

from largesse.kernel.errors import InvalidInput, NotFound


class WalletKeysInvalid(InvalidInput):
    """Refuse keys that no pass could be made with; the message says what is missing."""

    code = "wallet.keys.invalid"
    message = "These keys make no passes. Give certificate, private key, and the certificate of Apple that signed it."


class WalletNotOffered(NotFound):
    """There is no pass: the merchant has no good keys, or the certificate cannot be used."""

    code = "wallet.not_offered"
    message = "There is no pass of this certificate."
