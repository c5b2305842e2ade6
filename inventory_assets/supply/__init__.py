"""Supply: how suppliers deliver, and how long goods take."""
