"""Storage: whether what is stored is whole, the files and the database's own."""
