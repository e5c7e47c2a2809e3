"""Booked visits: the hours in which a development receives them, and what may be booked (预约带看)."""
