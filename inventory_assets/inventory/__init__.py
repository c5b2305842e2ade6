"""The connected inventory model: daily history, position, book balance."""
