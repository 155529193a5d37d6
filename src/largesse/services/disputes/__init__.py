"""Disputed payments."""

from largesse.services.disputes.handling import block, disputed

__all__ = ["block", "disputed"]
