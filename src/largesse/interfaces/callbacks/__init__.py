"""The interface for whoever collects money: what gateways call back with, and the page of the test gateway."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.domain.payments import TestGateway
from largesse.interfaces.callbacks.dependencies import CallbackDependencies
from largesse.interfaces.callbacks.stripe import stripe_routes
from largesse.interfaces.callbacks.trial import trial_routes
from largesse.ui import Templates

FOLDER = Path(__file__).parent  # the interface's templates: templates/, locale/


def routes(
    deps: CallbackDependencies, templates: Templates, *, trial: TestGateway | None = None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this interface; those of the test gateway only where there is one."""
    return [*stripe_routes(deps), *(trial_routes(deps, templates, trial) if trial is not None else [])]
