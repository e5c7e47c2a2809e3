"""For agencies' own systems: their keys, and what the codes mean by which they are refused."""
