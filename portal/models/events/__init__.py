"""Events and their streams."""
