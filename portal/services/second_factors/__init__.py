"""Second factors: adding and removing them, and proving by one who signs in."""
