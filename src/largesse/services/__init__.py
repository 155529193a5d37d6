"""The flows: verbs that need several rooms at once."""
