"""Texts to clients (话术), their versions, and the lists that they are checked against."""
