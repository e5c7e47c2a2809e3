"""The library of texts to clients: read, previewed, written, reviewed, retired; and lists kept."""
