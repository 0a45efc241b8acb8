"""Terms of the field, each explained for a beginner and with a place to read more."""
