"""The interface for gateways."""
