"""Other rules for whose client it is, tried on what happened."""
