"""Reports: read models for bookkeepers, all agreeing with the journal."""
