"""Registrations: who may register whom, and how a client is found."""
