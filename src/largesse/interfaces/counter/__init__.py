"""The counter: pages for staff at a till."""
