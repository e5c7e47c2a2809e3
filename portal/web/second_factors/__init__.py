"""A person's own second factors, and where one has to be shown again."""
