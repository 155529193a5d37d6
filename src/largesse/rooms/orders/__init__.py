"""Orders: one gift for one recipient each, as they were placed."""
