"""Whether the server lives and is ready, and the owner's colours."""
