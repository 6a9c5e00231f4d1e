"""A package, so that its platform goes when the last of its tests has run."""
