"""Booked visits: the hours of a development, bookings, passes for the gate."""
