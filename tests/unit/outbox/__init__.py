"""What the outbox decides without any I/O."""
