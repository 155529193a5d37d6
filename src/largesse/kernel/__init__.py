"""Values without I/O: money, numbers, ids, time, errors. Everything else may import them; they import nothing of ours."""
