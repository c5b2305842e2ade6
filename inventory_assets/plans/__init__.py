"""Plans: versions, order-up-to levels, allocation, transfers, purchases."""
