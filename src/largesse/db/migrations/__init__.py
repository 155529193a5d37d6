"""The history of the schema. Migrations are additive and run online; old code runs on the new schema (ARCHITECTURE §4)."""
