"""Commission plans: read in plain words, published by version."""
