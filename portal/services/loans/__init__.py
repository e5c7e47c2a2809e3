"""Loans: terms, stages, papers, what is late, and the link by which a client sees where it stands."""
