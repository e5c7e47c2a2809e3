"""What several rooms say: one module a domain, so that no room asks another for its words."""
