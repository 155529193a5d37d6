"""Keys that secrets are sealed under: rotated and checked."""

from largesse.services.keys.checking import check_numbers
from largesse.services.keys.dependencies import KeyDependencies
from largesse.services.keys.rotation import Progress, reseal, retire, rotate, seals_anything, usage
