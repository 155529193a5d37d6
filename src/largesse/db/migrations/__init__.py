"""The history of the schema: additive steps that run online; old code runs on the new schema (ARCHITECTURE §4)."""
