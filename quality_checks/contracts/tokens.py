"""Tokens: what a person or a system is known by. Only their hashes are kept."""

import hashlib


def hash_token(token: str) -> str:
    """Hash a token as the record keeps it: SHA-256 in hex; one drawn at random needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
