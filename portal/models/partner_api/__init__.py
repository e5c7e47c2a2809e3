"""Keys of agencies' own systems, and what was answered to them."""
