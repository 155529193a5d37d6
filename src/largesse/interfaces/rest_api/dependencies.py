"""What the REST API needs."""

from typing import Protocol

from largesse.services.capabilities import SendsOutside, UsesClock
from largesse.services.cards import CardDependencies
from largesse.services.endpoints import EndpointDependencies
from largesse.services.invoices import InvoicePrinting
from largesse.services.programs import ProgramDependencies
from largesse.services.refunds import RefundDependencies


class ActDependencies(RefundDependencies, CardDependencies, EndpointDependencies, Protocol):
    """What is needed to do something, or to rehearse it."""


class RestDependencies(ActDependencies, InvoicePrinting, ProgramDependencies, SendsOutside, UsesClock, Protocol):
    """What the REST API needs."""
