"""What was promised to clients in writing."""
