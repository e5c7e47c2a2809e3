"""The first pages: what waits for a person today, a broker's day, the signs of life."""
