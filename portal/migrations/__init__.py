"""The schema's history, numbered; the same files for SQLite and PostgreSQL."""
