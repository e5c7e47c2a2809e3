"""Lists: what their address asks for, a page at a time, and as a file."""
