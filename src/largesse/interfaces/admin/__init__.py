"""The back office: pages for those who run the merchant."""
