"""The command line: the operator's door."""
