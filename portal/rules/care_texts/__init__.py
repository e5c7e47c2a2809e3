"""Texts to clients (话术) as data: their variables, what is checked before they are used, and which fits."""
