"""The installation that the tests of every route and of every form share."""

from tests.integration.interfaces.admin.test_matrix import office

__all__ = ["office"]
