"""What the partner API is about, one module a kind of thing."""
