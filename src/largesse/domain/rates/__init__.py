"""Exchange rates: what a merchant's own currency is worth in others, day by day, with the source."""

from largesse.domain.rates.errors import RateInvalid, RateMissing
from largesse.domain.rates.model import GOOD_FOR, Rate, in_base, read_rates
from largesse.domain.rates.store import list_rates, put_rates, rate_on
