"""Work that somebody leaves behind: what waits for a successor, and handing it over."""
