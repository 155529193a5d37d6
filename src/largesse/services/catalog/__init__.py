"""A catalogue loaded from a file."""

from largesse.services.catalog.loading import Loaded, load_catalogue

__all__ = ["Loaded", "load_catalogue"]
