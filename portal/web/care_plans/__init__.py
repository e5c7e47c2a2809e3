"""Care plans: read in plain words, written by form or text, tried on real clients, published by a second person."""
