"""The interfaces: one for each kind of visitor."""
