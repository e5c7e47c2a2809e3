"""Erasure on request: who asks, who decides, what goes, what stays and why, and the proofs of both."""
