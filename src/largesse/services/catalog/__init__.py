"""What is on sale, saved offering by offering or loaded from a file, and judged by the law profile."""

from largesse.services.catalog.dependencies import CatalogDependencies
from largesse.services.catalog.loading import Loaded, load_catalogue
from largesse.services.catalog.saving import SavedOffering, add_offering, change_offering, law_warnings, set_status
