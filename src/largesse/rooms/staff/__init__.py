"""Staff: the people of a merchant, their roles and their signing in."""
