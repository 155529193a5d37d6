"""The command line of Largesse, assembled from the processes here and the commands of the doors."""

import click


@click.group()
def main() -> None:
    """Sell, issue, deliver, redeem, reconcile and export gift certificates."""
