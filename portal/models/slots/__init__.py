"""Booked visits: hours, closed days, bookings."""
