"""After the handover: owners, their surveys by link, and complaints with their clock."""
