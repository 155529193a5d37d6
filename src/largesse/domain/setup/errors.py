"""What the first run refuses."""

from largesse.kernel.errors import Conflict, InvalidInput


class SetupClosed(Conflict):
    """There is a merchant: the first run is over."""

    code = "setup.closed"
    message = (
        "There is a merchant already, so the first run is over. For a merchant without an owner: "
        "`largesse staff invite SLUG ADDRESS --owner`."
    )


class SetupTokenRefused(InvalidInput):
    """The token of the first run is not the one that counts."""

    code = "setup.token.refused"
    message = (
        "This token does not count: it was used, is older than 24 hours, or was replaced. `largesse setup` makes one."
    )
