"""Who is at the site: the rotating code on the tablet, and the broker who scans it."""
