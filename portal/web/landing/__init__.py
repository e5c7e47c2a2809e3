"""A development's page for friends: what staff keep of it, its pictures, and how it reads."""
