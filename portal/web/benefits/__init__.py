"""Benefits that agencies have earned: booked by finance, decided where their rank was lost."""
