"""A catalogue loaded from a file."""

from largesse.services.catalog.dependencies import CatalogDependencies
from largesse.services.catalog.loading import Loaded, load_catalogue
