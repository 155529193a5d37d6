"""How Largesse looks and speaks: the pages' shared hand, for shop, till and back office alike."""
