"""The callback door: payment gateways report here."""
