"""Visits by the interface: booked, captured, checked in."""
