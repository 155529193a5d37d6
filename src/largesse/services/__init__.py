"""What several domains do together, by noun: one package each, imported through its public face."""
