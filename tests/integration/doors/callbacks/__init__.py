"""The door for gateways."""
