"""Booked visits: the broker's choice of a time, the client's pass, the day at reception, the hours of a development."""
