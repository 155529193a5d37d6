"""The door for whoever collects money: what gateways call back with, and the page of the test gateway."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.domain.payments import TestGateway
from largesse.interfaces.callbacks.stripe import stripe_routes
from largesse.interfaces.callbacks.trial import trial_routes
from largesse.services.house import House
from largesse.ui import Look

FOLDER = Path(__file__).parent  # the door's part of the look: templates/, locale/


def routes(house: House, look: Look, *, trial: TestGateway | None = None) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this door; those of the test gateway only where there is one."""
    return [*stripe_routes(house), *(trial_routes(house, look, trial) if trial is not None else [])]


__all__ = ["FOLDER", "routes"]
