"""Measurements beside yardsticks of the same run."""
