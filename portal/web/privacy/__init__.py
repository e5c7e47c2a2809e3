"""The privacy officer's pages: what is stored of people's faces, the proofs that it went, and one person's data."""
