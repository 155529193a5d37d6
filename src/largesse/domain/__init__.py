"""The domains: one for each noun of the trade, none knowing another."""
