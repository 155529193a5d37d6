"""The doors: one for each kind of visitor."""
