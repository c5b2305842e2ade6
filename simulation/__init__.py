"""Retailers and demand that are made up or imported, and the plan played against them."""
