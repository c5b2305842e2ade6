"""Landing: one asset a source, all made alike from its contract."""
