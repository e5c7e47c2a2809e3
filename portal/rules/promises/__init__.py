"""What was promised to clients in writing: what may be promised, and how it stands."""
