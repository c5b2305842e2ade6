"""What the commands of `plenish` do: extracts, plans, decisions."""
