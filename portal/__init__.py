"""The portal: everything that knows the database, the web and the outside. The money rules are next door."""
