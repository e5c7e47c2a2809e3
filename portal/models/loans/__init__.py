"""Loans of deals, their papers and risks, and the terms that they are held to."""
