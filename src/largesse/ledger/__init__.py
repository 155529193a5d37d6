"""The ledger: a pure book of rules, and the engine that makes its decisions durable."""
