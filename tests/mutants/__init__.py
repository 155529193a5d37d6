"""Single faults put into the ledger, one at a time: does a test turn red (docs/internals/mutants.md)?"""
