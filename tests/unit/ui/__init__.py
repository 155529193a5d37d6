"""The look: colours, voices, assets, pages."""
