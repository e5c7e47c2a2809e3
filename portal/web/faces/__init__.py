"""A broker's own face: enrolled under consent, withdrawn at any time."""
