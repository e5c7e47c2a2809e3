"""A referrer's own pages: poster, code, friends and rewards."""
