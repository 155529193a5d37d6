"""Largesse sells, issues, delivers, redeems, reconciles and exports gift certificates."""
