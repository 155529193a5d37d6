"""Values: property tests."""
