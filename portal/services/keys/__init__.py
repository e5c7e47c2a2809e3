"""The keys that a database was written with, and what needs them."""
