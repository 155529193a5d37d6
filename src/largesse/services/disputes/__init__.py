"""Disputed payments."""

from largesse.services.disputes.dependencies import DisputeDependencies
from largesse.services.disputes.handling import block, disputed
