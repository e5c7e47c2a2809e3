"""Which keys the database was written with."""
