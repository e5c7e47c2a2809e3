"""Texts to clients (话术): the library, how a version comes into use, and the lists that texts are checked against."""
