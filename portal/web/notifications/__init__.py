"""The room of what one is told: the inbox with its bell."""
