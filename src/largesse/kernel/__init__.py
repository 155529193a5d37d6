"""Values without I/O: money, numbers, ids, time, errors. All else may import them; they import nothing of ours."""
