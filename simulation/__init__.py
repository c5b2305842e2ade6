"""A seeded retailer and importers that write landing extracts, and the replay of policies."""
