"""Partners: organisations that order on account, their agreements and keys."""
