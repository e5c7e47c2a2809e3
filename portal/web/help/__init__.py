"""Help: what a role has to know, a guide for the first days, and the portal on a phone's home screen."""
