"""The storefront: pages for buyers and recipients."""
