"""Tax kept back from persons."""
