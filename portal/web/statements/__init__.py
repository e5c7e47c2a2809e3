"""What an agency is owed for a month: issued by finance, read by its principal."""
