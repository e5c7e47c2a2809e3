"""Registrations of clients by brokers, their list, and walk-ins."""
