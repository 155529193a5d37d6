"""The processes, as real processes."""
