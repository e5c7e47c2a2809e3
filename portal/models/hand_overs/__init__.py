"""Work that one person hands over to another."""
