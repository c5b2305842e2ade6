"""Figures: each benchmark prints one JSON line last on standard output."""
