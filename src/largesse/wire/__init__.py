"""Encodings: bytes to plain values and back, without any I/O."""
