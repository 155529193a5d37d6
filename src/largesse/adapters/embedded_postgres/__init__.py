"""A PostgreSQL of our own, from a wheel, in the data folder."""
