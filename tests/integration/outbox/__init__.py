"""The outbox on a real database, with real receivers in other processes."""
