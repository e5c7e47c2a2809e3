"""What starts over which database."""
