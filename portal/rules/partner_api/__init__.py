"""What agencies' own systems may do through the partner API, and how often."""
